{{/* Names and labels. */}}

{{- define "graphpost.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 48 | trimSuffix "-" -}}
{{- end -}}

{{/* Of 48 characters at most: what is put behind it, by the chart and by controllers, has room. */}}
{{- define "graphpost.fullname" -}}
{{- $name := include "graphpost.name" . -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride | trunc 48 | trimSuffix "-" -}}
{{- else if contains $name .Release.Name -}}
{{- .Release.Name | trunc 48 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name $name | trunc 48 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{/* Immutable once installed: nothing of the chart's version may stand here. */}}
{{- define "graphpost.selectorLabels" -}}
app.kubernetes.io/name: {{ include "graphpost.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/component: gateway
{{- end -}}

{{- define "graphpost.labels" -}}
{{- $own := dict
  "helm.sh/chart" (printf "%s-%s" .Chart.Name (.Chart.Version | replace "+" "_"))
  "app.kubernetes.io/version" .Chart.AppVersion
  "app.kubernetes.io/part-of" "graphpost"
  "app.kubernetes.io/managed-by" .Release.Service -}}
{{- merge (fromYaml (include "graphpost.selectorLabels" .)) $own .Values.commonLabels | toYaml -}}
{{- end -}}

{{- define "graphpost.serviceAccountName" -}}
{{- if .Values.serviceAccount.create -}}
{{- default (include "graphpost.fullname" .) .Values.serviceAccount.name -}}
{{- else -}}
{{- default "default" .Values.serviceAccount.name -}}
{{- end -}}
{{- end -}}

{{- define "graphpost.image" -}}
{{- with .Values.image -}}
{{- if .digest -}}
{{ .repository }}@{{ .digest }}
{{- else -}}
{{ .repository }}:{{ default $.Chart.AppVersion .tag }}
{{- end -}}
{{- end -}}
{{- end -}}

{{/* Empty: no certificate, and so no listener with TLS. */}}
{{- define "graphpost.tlsSecret" -}}
{{- if .Values.tls.certManager.enabled -}}
{{- include "graphpost.fullname" . }}-tls
{{- else -}}
{{- .Values.tls.existingSecret -}}
{{- end -}}
{{- end -}}

{{/* Empty: the webhook of Azure has nothing to do here. */}}
{{- define "graphpost.usesWorkloadIdentity" -}}
{{- if or .Values.workloadIdentity.enabled (eq .Values.graph.credential "workloadIdentity") -}}
true
{{- end -}}
{{- end -}}

{{/* Empty: config is made of the values. */}}
{{- define "graphpost.existingConfig" -}}
{{- or .Values.existingConfig.configMap .Values.existingConfig.secret | default "" -}}
{{- end -}}
