{{/*
A native sidecar, to be listed under initContainers of a pod (Kubernetes 1.29 or newer): the app sends to 127.0.0.1:2525
without a login, and its 250 says that Microsoft 365 has the mail. Nothing is stored (docs/direct-mode.md).

  initContainers:
    {{- include "graphpost.sidecar" (dict "image" "registry.example.com/graphpost:1.2.3" "secret" "graphpost") | nindent 4 }}

  image       needed
  secret      Secret whose keys are the variables of config/sidecar.yaml: GRAPHPOST_TENANT, GRAPHPOST_CLIENT_ID,
              GRAPHPOST_CLIENT_SECRET …; leave it out for workload identity
  listen      default: 127.0.0.1:2525
  telemetry   default: 0.0.0.0:9464, since the kubelet asks the probes at the address of the pod
  forceFrom   never (default), default or always: when `from` takes the place of From
  from        the address for that
  volume      name of an emptyDir among the pod's volumes, for bodies under way: with it 128 Mi do for messages of 20 MB
  env         list of further variables, such as { name: GRAPHPOST_SEND_AS, value: relay@contoso.com }
  resources   default: requests of 10m and 64Mi, a limit of 128Mi
  pullPolicy  default: that of the cluster
*/}}
{{- define "graphpost.sidecar" -}}
{{- $telemetry := default "0.0.0.0:9464" .telemetry -}}
- name: graphpost
  image: {{ required "graphpost.sidecar: image is missing; give one, such as registry.example.com/graphpost:1.2.3" .image }}
  {{- with .pullPolicy }}
  imagePullPolicy: {{ . }}
  {{- end }}
  restartPolicy: Always
  args: [serve, --config, /app/config/sidecar.yaml]
  {{- with .secret }}
  envFrom:
    - secretRef: { name: {{ . }} }
  {{- end }}
  env:
    - { name: GRAPHPOST_LISTEN, value: {{ default "127.0.0.1:2525" .listen | quote }} }
    - { name: GRAPHPOST_TELEMETRY, value: {{ $telemetry | quote }} }
    - { name: GRAPHPOST_FORCE_FROM, value: {{ default "never" .forceFrom | quote }} }
    {{- with .from }}
    - { name: GRAPHPOST_FROM, value: {{ . | quote }} }
    {{- end }}
    {{- if .volume }}
    - { name: GRAPHPOST_DIRECT_MEMORY, value: 2MB }
    - { name: GRAPHPOST_DIRECT_FOLDER, value: /under-way }
    {{- end }}
    - { name: MALLOC_MMAP_THRESHOLD_, value: '65536' }
    {{- with .env }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
  {{- with .volume }}
  volumeMounts:
    - { name: {{ . }}, mountPath: /under-way }
  {{- end }}
  ports:
    - { name: metrics, containerPort: {{ regexFind "\\d+$" $telemetry }}, protocol: TCP }
  startupProbe:
    httpGet: { path: /readyz, port: metrics }
    periodSeconds: 1
    failureThreshold: 60
  livenessProbe:
    httpGet: { path: /healthz, port: metrics }
    periodSeconds: 20
    timeoutSeconds: 5
  resources:
    {{- default (dict "requests" (dict "cpu" "10m" "memory" "64Mi") "limits" (dict "memory" "128Mi")) .resources | toYaml | nindent 4 }}
  securityContext:
    runAsNonRoot: true
    runAsUser: 65532
    runAsGroup: 65532
    allowPrivilegeEscalation: false
    readOnlyRootFilesystem: true
    capabilities: { drop: [ALL] }
    seccompProfile: { type: RuntimeDefault }
{{- end -}}
