{{/* The pod, in a StatefulSet or in a Deployment. */}}

{{- define "graphpost.podTemplate" -}}
metadata:
  labels:
    {{- merge (fromYaml (include "graphpost.selectorLabels" .)) .Values.commonLabels .Values.podLabels | toYaml | nindent 4 }}
    {{- if include "graphpost.usesWorkloadIdentity" . }}
    azure.workload.identity/use: 'true'
    {{- end }}
  {{- $ownConfig := not (include "graphpost.existingConfig" .) }}
  {{- if or $ownConfig .Values.podAnnotations }}
  annotations:
    {{- if $ownConfig }}
    checksum/restart: {{ include "graphpost.restartChecksum" . }}
    {{- end }}
    {{- with .Values.podAnnotations }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
  {{- end }}
spec:
  serviceAccountName: {{ include "graphpost.serviceAccountName" . }}
  automountServiceAccountToken: false
  enableServiceLinks: false
  terminationGracePeriodSeconds: {{ int .Values.terminationGracePeriodSeconds }}
  securityContext:
    {{- toYaml .Values.podSecurityContext | nindent 4 }}
  {{- with .Values.image.pullSecrets }}
  imagePullSecrets:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with .Values.initContainers }}
  initContainers:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  containers:
    {{- include "graphpost.container" . | nindent 4 }}
    {{- with .Values.extraContainers }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
  volumes:
    {{- include "graphpost.volumes" . | trim | nindent 4 }}
  {{- with include "graphpost.placement" . | trim }}
  {{- . | nindent 2 }}
  {{- end }}
{{- end -}}

{{- define "graphpost.container" -}}
- name: graphpost
  image: {{ include "graphpost.image" . }}
  imagePullPolicy: {{ .Values.image.pullPolicy }}
  args: [serve]
  env:
    - name: GRAPHPOST_CONFIG
      value: /etc/graphpost/{{ ternary .Values.existingConfig.key "graphpost.yaml" (not (empty (include "graphpost.existingConfig" .))) }}
    {{- range $name, $source := .Values.secretEnv }}
    - name: {{ $name }}
      valueFrom:
        secretKeyRef:
          name: {{ $source.secret }}
          key: {{ $source.key }}
    {{- end }}
    {{- with .Values.extraEnv }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
  {{- with .Values.extraEnvFrom }}
  envFrom:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  ports:
    {{- range $name, $listener := fromYaml (include "graphpost.openListeners" .) }}
    - name: {{ $name }}
      containerPort: {{ int $listener.containerPort }}
      protocol: TCP
    {{- end }}
    - name: metrics
      containerPort: 9464
      protocol: TCP
  {{- if .Values.preStopSeconds }}
  lifecycle:
    preStop:
      exec:
        command: [node, -e, 'setTimeout(() => {}, {{ int .Values.preStopSeconds }}000)']
  {{- end }}
  startupProbe:
    httpGet: { path: /healthz, port: metrics }
    {{- toYaml .Values.startupProbe | nindent 4 }}
  livenessProbe:
    httpGet: { path: /healthz, port: metrics }
    {{- toYaml .Values.livenessProbe | nindent 4 }}
  readinessProbe:
    httpGet: { path: /readyz, port: metrics }
    {{- toYaml .Values.readinessProbe | nindent 4 }}
  resources:
    {{- toYaml .Values.resources | nindent 4 }}
  securityContext:
    {{- toYaml .Values.securityContext | nindent 4 }}
  volumeMounts:
    - name: config
      mountPath: /etc/graphpost
      readOnly: true
    {{- if eq .Values.store.type "sqlite" }}
    - name: queue
      mountPath: /var/lib/graphpost
    {{- end }}
    - name: tmp
      mountPath: /tmp
    {{- range $name, $_ := fromYaml (include "graphpost.secretFolders" .) }}
    - name: secret-{{ $name }}
      mountPath: /run/secrets/{{ $name }}
      readOnly: true
    {{- end }}
    {{- with .Values.extraVolumeMounts }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
{{- end -}}

{{/* Names of Secrets by that of the folder which they are in /run/secrets. */}}
{{- define "graphpost.secretFolders" -}}
{{- $folders := deepCopy .Values.secretFiles -}}
{{- with include "graphpost.tlsSecret" . }}{{ $_ := set $folders "tls" . }}{{ end -}}
{{- if and .Values.graph.credential (ne .Values.graph.credential "workloadIdentity") -}}
{{- $_ := set $folders "graph" .Values.graph.existingSecret -}}
{{- end -}}
{{- if and (eq .Values.store.type "postgresql") .Values.store.existingSecret -}}
{{- $_ := set $folders "postgresql" .Values.store.existingSecret -}}
{{- end -}}
{{- if and .Values.admin.enabled .Values.admin.existingSecret -}}
{{- $_ := set $folders "admin" .Values.admin.existingSecret -}}
{{- end -}}
{{- toYaml $folders -}}
{{- end -}}

{{/* Whole folders, never by subPath: the gateway sees the files change. 288 is 0440 in YAML of any version. */}}
{{- define "graphpost.volumes" -}}
- name: config
  {{- if .Values.existingConfig.secret }}
  secret:
    secretName: {{ .Values.existingConfig.secret }}
    defaultMode: 288
  {{- else }}
  configMap:
    name: {{ default (include "graphpost.fullname" .) .Values.existingConfig.configMap }}
    defaultMode: 288
  {{- end }}
- name: tmp
  emptyDir:
    sizeLimit: 256Mi
{{- if and (eq .Values.store.type "sqlite") .Values.persistence.existingClaim }}
- name: queue
  persistentVolumeClaim:
    claimName: {{ .Values.persistence.existingClaim }}
{{- end }}
{{- range $name, $secret := fromYaml (include "graphpost.secretFolders" .) }}
- name: secret-{{ $name }}
  secret:
    secretName: {{ $secret }}
    defaultMode: 288
{{- end }}
{{- with .Values.extraVolumes }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{- define "graphpost.placement" -}}
{{- with .Values.nodeSelector }}
nodeSelector:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.tolerations }}
tolerations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.affinity }}
affinity:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.priorityClassName }}
priorityClassName: {{ . }}
{{- end }}
{{- if .Values.topologySpreadConstraints }}
topologySpreadConstraints:
  {{- toYaml .Values.topologySpreadConstraints | nindent 2 }}
{{- else if gt (int .Values.replicaCount) 1 }}
topologySpreadConstraints:
  {{- range list "kubernetes.io/hostname" "topology.kubernetes.io/zone" }}
  - maxSkew: 1
    topologyKey: {{ . }}
    whenUnsatisfiable: ScheduleAnyway
    labelSelector:
      matchLabels:
        {{- include "graphpost.selectorLabels" $ | nindent 8 }}
  {{- end }}
{{- end }}
{{- end -}}
