{{/* `ports`: those of the smart hosts in config.connections, and of networkPolicy.smartHostPorts. Empty without any. */}}
{{- define "graphpost.smartHostPorts" -}}
{{- $ports := list -}}
{{- range .Values.networkPolicy.smartHostPorts -}}
{{- $ports = append $ports (int .) -}}
{{- end -}}
{{- range $name, $connection := .Values.config.connections -}}
{{- $url := dig "url" "" $connection -}}
{{- if regexMatch "^smtps?://[^$]*:\\d+/?$" $url -}}
{{- $ports = append $ports (regexFind "\\d+/?$" $url | trimSuffix "/" | int) -}}
{{- else if regexMatch "^smtps?://[^$]+$" $url -}}
{{- $ports = append $ports (ternary 465 587 (hasPrefix "smtps:" $url)) -}}
{{- end -}}
{{- end -}}
{{- with $ports -}}
{{- dict "ports" (uniq .) | toYaml -}}
{{- end -}}
{{- end -}}
