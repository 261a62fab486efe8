{{/* What is wrong with the values beyond what their schema says: each fault in one line, all at once. */}}

{{- define "graphpost.faults" -}}
{{- $faults := concat
  (splitList "\n" (include "graphpost.faultsOfWorkload" .))
  (splitList "\n" (include "graphpost.faultsOfConnections" .))
  (splitList "\n" (include "graphpost.faultsOfConfig" .)) -}}
{{- join "\n" (compact $faults) -}}
{{- end -}}

{{- define "graphpost.faultsOfWorkload" -}}
{{- $values := .Values -}}
{{- if not $values.image.repository }}
image.repository: is missing; name where the image lies, such as registry.example.com/graphpost
{{- end }}
{{- if eq $values.image.tag "latest" }}
image.tag: latest is another image each day; name a version, or image.digest
{{- end }}
{{- if and (eq $values.store.type "sqlite") (gt (int $values.replicaCount) 1) }}
replicaCount: a queue in SQLite has one gateway, not {{ int $values.replicaCount }}; several share one in PostgreSQL (store.type postgresql)
{{- end }}
{{- if and (eq $values.store.type "postgresql") (not (or $values.store.existingSecret (include "graphpost.existingConfig" .))) }}
store.existingSecret: is missing; name the Secret that has the URL of the database under the key "{{ $values.store.key }}"
{{- end }}
{{- if and (eq $values.store.type "postgresql") $values.admin.enabled (not $values.admin.existingSecret) (not (include "graphpost.existingConfig" .)) }}
admin.existingSecret: is missing; replicas share no disk to keep a token on: name the Secret that has it, or set admin.enabled to false
{{- end }}
{{- if lt (int $values.terminationGracePeriodSeconds) (add (int $values.preStopSeconds) 15) }}
terminationGracePeriodSeconds: must be {{ add (int $values.preStopSeconds) 15 }} or more, since the gateway stops within ten seconds after preStopSeconds
{{- end }}
{{- if not (fromYaml (include "graphpost.openListeners" .)) }}
listeners: none is open; enable one without TLS, or name a certificate under tls
{{- end }}
{{- if and $values.tls.existingSecret $values.tls.certManager.enabled }}
tls.existingSecret: stands beside tls.certManager.enabled; choose one of them
{{- end }}
{{- if and $values.tls.certManager.enabled (not $values.tls.certManager.issuerRef.name) }}
tls.certManager.issuerRef.name: is missing; name the issuer that makes the certificate
{{- end }}
{{- range list "tls" "graph" "postgresql" "admin" "azure" "kubernetes.io" }}
{{- if hasKey $values.secretFiles . }}
secretFiles.{{ . }}: the folder /run/secrets/{{ . }} is in use; take another name
{{- end }}
{{- end }}
{{- end -}}

{{- define "graphpost.faultsOfConnections" -}}
{{- $values := .Values -}}
{{- with $values.graph -}}
{{- if and (or (eq .credential "secret") (eq .credential "certificate")) (not .existingSecret) }}
graph.existingSecret: is missing; name the Secret that has {{ ternary "tls.crt and tls.key" "client-secret" (eq .credential "certificate") }}
{{- end }}
{{- if and (or (eq .credential "secret") (eq .credential "certificate")) (not .tenant) }}
graph.tenant: is missing; give the id or a domain of the tenant, such as contoso.onmicrosoft.com
{{- end }}
{{- if and .credential (not .clientId) (not (and (eq .credential "workloadIdentity") (or $values.workloadIdentity.clientId (not $values.serviceAccount.create)))) }}
graph.clientId: is missing; give the application (client) id of the app registration
{{- end }}
{{- if and (not .credential) (or .tenant .clientId .existingSecret) }}
graph.credential: is missing; say secret, certificate or workloadIdentity
{{- end }}
{{- end }}
{{- if and $values.workloadIdentity.enabled $values.serviceAccount.create (not (or $values.workloadIdentity.clientId $values.graph.clientId)) }}
workloadIdentity.clientId: is missing; give the client id of the identity
{{- end }}
{{- end -}}

{{- define "graphpost.faultsOfConfig" -}}
{{- $values := .Values -}}
{{- $config := $values.config -}}
{{- if include "graphpost.existingConfig" . }}
{{- if and $values.existingConfig.configMap $values.existingConfig.secret }}
existingConfig.secret: stands beside existingConfig.configMap; choose one of them
{{- end }}
{{- if or $config $values.graph.credential }}
existingConfig: stands beside {{ ternary "config" "graph.credential" (not (empty $config)) }}; the configuration comes from one of them
{{- end }}
{{- else }}
{{- if not (or $values.graph.credential $config.connections) }}
graph.credential: there is no connection, so no mail could leave; say secret, certificate or workloadIdentity, or name one under config.connections
{{- end }}
{{- if not $config.clients }}
config.clients: is missing; say who may send, such as [{ name: cluster, networks: [10.0.0.0/8], senders: ["*@contoso.com"] }]
{{- end }}
{{- if $config.listeners }}
config.listeners: is made of the value listeners, from which the ports of the Service come, too; say it there
{{- end }}
{{- range $key, $place := dict "telemetry" "it is 9464 on all addresses of the pod" "admin" "say it under admin" "adminToken" "name its Secret under admin.existingSecret" }}
{{- if hasKey ($config.http | default dict) $key }}
config.http.{{ $key }}: is made by the chart; {{ $place }}
{{- end }}
{{- end }}
{{- if dig "queue" "store" "" $config }}
config.queue.store: is made of the value store; say it there
{{- end }}
{{- $folders := fromYaml (include "graphpost.secretFolders" .) -}}
{{- $mounts := toJson $values.extraVolumeMounts -}}
{{- range regexFindAll "/run/secrets/[a-z0-9-]+" (toJson $config) -1 | uniq }}
{{- $folder := base . -}}
{{- if not (or (hasKey $folders $folder) (contains "/run/secrets" $mounts) (eq $folder "azure")) }}
secretFiles.{{ $folder }}: is missing; config reads a file in {{ . }}, and no Secret is mounted there
{{- end }}
{{- end }}
{{- range $index, $alert := $config.alerts }}
{{- if not (or (hasKey $alert "on") (hasKey $alert "true")) }}
config.alerts[{{ $index }}].on: is missing; say what is told, such as [failed, connectionDown]
{{- end }}
{{- end }}
{{- include "graphpost.inlineSecrets" (dict "node" $config "path" "config") }}
{{- end }}
{{- end -}}

{{/* One line for each secret that stands in a configuration which becomes a ConfigMap. */}}
{{- define "graphpost.inlineSecrets" -}}
{{- $path := .path -}}
{{- if kindIs "map" .node -}}
{{- range $key, $value := .node -}}
{{- include "graphpost.inlineSecrets" (dict "node" $value "path" (printf "%s.%s" $path $key)) -}}
{{- end -}}
{{- else if kindIs "slice" .node -}}
{{- range $index, $value := .node -}}
{{- include "graphpost.inlineSecrets" (dict "node" $value "path" (printf "%s[%d]" $path $index)) -}}
{{- end -}}
{{- else if and (regexMatch "(\\]\\.login\\.password|\\.credential\\.secret|\\.certificate\\.passphrase|^config\\.connections\\..+\\.password|^config\\.tokenCache\\.key|^config\\.alerts\\[\\d+\\]\\.to\\.(slack|teams|webhook))$" $path) (include "graphpost.isInline" (toString .node)) }}
{{ $path }}: a secret has no place in values, which end in a ConfigMap; put it into a Secret, name that under secretFiles, and write ${file:/run/secrets/<name>/<key>}
{{- end -}}
{{- end -}}

{{/* Empty: the text is made of ${NAME}, ${NAME:-} and ${file:…} alone, also within each other. */}}
{{- define "graphpost.isInline" -}}
{{- $rest := . -}}
{{- range until 8 -}}
{{- $rest = regexReplaceAll "\\$\\{(file:[^${}]*|[A-Za-z_][A-Za-z0-9_]*(:-)?)\\}" $rest "" -}}
{{- end -}}
{{- $rest -}}
{{- end -}}
