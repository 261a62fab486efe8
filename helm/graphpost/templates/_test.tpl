{{/* What the pod of `helm test` needs, and who it is: not a gateway, or the Service would lead to it. */}}

{{- define "graphpost.testLabels" -}}
app.kubernetes.io/name: {{ include "graphpost.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/component: test
{{- end -}}

{{- define "graphpost.testContainer" -}}
resources:
  requests: { cpu: 10m, memory: 64Mi }
  limits: { memory: 128Mi }
securityContext:
  {{- toYaml .Values.securityContext | nindent 2 }}
{{- end -}}
