{{/* The gateway's configuration: what the chart knows, with values.config over it. */}}

{{/* Listeners by name, without those that lack a certificate. */}}
{{- define "graphpost.openListeners" -}}
{{- $open := dict -}}
{{- range $name, $listener := .Values.listeners -}}
{{- if and $listener.enabled (or (eq $listener.tls "none") (include "graphpost.tlsSecret" $)) -}}
{{- $_ := set $open $name $listener -}}
{{- end -}}
{{- end -}}
{{- toYaml $open -}}
{{- end -}}

{{- define "graphpost.ownListeners" -}}
{{- range $name, $listener := fromYaml (include "graphpost.openListeners" .) }}
- name: {{ $name }}
  address: {{ printf "%s:%d" $.Values.bindAddress (int $listener.containerPort) | quote }}
  tls: {{ $listener.tls }}
  {{- if ne $listener.tls "none" }}
  certificate:
    cert: /run/secrets/tls/tls.crt
    key: /run/secrets/tls/tls.key
  {{- end }}
  {{- with pick $listener "mode" "minTls" "loginWithoutTls" "proxyProtocol" }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
{{- end }}
{{- end -}}

{{- define "graphpost.ownConnection" -}}
{{- with .Values.graph -}}
type: graph
cloud: {{ .cloud }}
{{- if eq .credential "workloadIdentity" }}
tenant: ${AZURE_TENANT_ID}
clientId: ${AZURE_CLIENT_ID}
credential:
  federatedToken: ${AZURE_FEDERATED_TOKEN_FILE}
{{- else }}
tenant: {{ .tenant | quote }}
clientId: {{ .clientId | quote }}
credential:
  {{- if eq .credential "certificate" }}
  certificate:
    cert: /run/secrets/graph/tls.crt
    key: /run/secrets/graph/tls.key
  {{- else }}
  secret: ${file:/run/secrets/graph/client-secret}
  {{- end }}
{{- end }}
{{- end -}}
{{- end -}}

{{- define "graphpost.ownConfig" -}}
hostname: {{ printf "%s.%s.svc" (include "graphpost.fullname" .) .Release.Namespace }}
listeners:
  {{- include "graphpost.ownListeners" . | trim | nindent 2 }}
{{- if .Values.graph.credential }}
connections:
  {{ .Values.graph.connection }}:
    {{- include "graphpost.ownConnection" . | nindent 4 }}
{{- if not .Values.config.default }}
default:
  send: { via: {{ .Values.graph.connection }} }
{{- end }}
{{- end }}
queue:
  {{- if eq .Values.store.type "postgresql" }}
  store: ${file:/run/secrets/postgresql/{{ .Values.store.key }}}
  {{- else }}
  store: sqlite:/var/lib/graphpost/graphpost.db
  {{- end }}
http:
  telemetry: {{ printf "%s:9464" .Values.bindAddress | quote }}
  {{- if .Values.admin.enabled }}
  admin: 127.0.0.1:8025
  {{- if .Values.admin.existingSecret }}
  adminToken: ${file:/run/secrets/admin/{{ .Values.admin.key }}}
  {{- end }}
  {{- else }}
  admin: false
  {{- end }}
{{- end -}}

{{- define "graphpost.config" -}}
{{- $config := mergeOverwrite (fromYaml (include "graphpost.ownConfig" .)) (deepCopy .Values.config) -}}
{{- range $config.alerts -}}
{{- /* Helm's YAML reads the key `on` as true, unless it is quoted. */ -}}
{{- if hasKey . "true" -}}
{{- $_ := set . "on" (get . "true") -}}
{{- $_ := unset . "true" -}}
{{- end -}}
{{- end -}}
{{- toYaml $config -}}
{{- end -}}

{{/*
Of what a running gateway does not take up by itself (docs/configuration.md): a change of that, and of nothing else,
makes new pods.
*/}}
{{- define "graphpost.restartChecksum" -}}
{{- $config := fromYaml (include "graphpost.config" .) -}}
{{- $queue := dict "store" $config.queue.store "keep" (dict "bodies" (dig "queue" "keep" "bodies" false $config)) -}}
{{- $parts := pick $config "hostname" "listeners" "direct" "http" "log" -}}
{{- set $parts "queue" $queue | toJson | sha256sum -}}
{{- end -}}
