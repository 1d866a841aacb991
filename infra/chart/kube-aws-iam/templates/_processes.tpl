{{/*
What the pods of the forwarder and of the refresher have in common.
*/}}

{{/* Where pods run: `values`, and the labels that select them, `selector`. */}}
{{- define "kube-aws-iam.scheduling" -}}
{{- $selector := .selector }}
{{- with .values }}
{{- with .priorityClassName }}
priorityClassName: {{ . | quote }}
{{- end }}
{{- with .imagePullSecrets }}
imagePullSecrets:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .nodeSelector }}
nodeSelector:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .tolerations }}
tolerations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .affinity }}
affinity:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .topologySpreadConstraints }}
topologySpreadConstraints:
  {{- range . }}
  - {{- toYaml . | nindent 4 }}
    labelSelector:
      matchLabels:
        {{- $selector | nindent 8 }}
  {{- end }}
{{- end }}
{{- end }}
securityContext:
  runAsNonRoot: true
  # nobody; any user but root works. The group can read the Secret's files.
  runAsUser: 65534
  runAsGroup: 65534
  fsGroup: 65534
  seccompProfile:
    type: RuntimeDefault
{{- end -}}

{{- define "kube-aws-iam.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities:
  drop: [ALL]
{{- end -}}

{{/* A token of the pod's ServiceAccount that expires, and the authority of the API server. */}}
{{- define "kube-aws-iam.serviceAccountVolume" -}}
name: service-account
projected:
  sources:
    - serviceAccountToken:
        path: token
        expirationSeconds: 3600
    - configMap:
        name: kube-root-ca.crt
        items:
          - key: ca.crt
            path: ca.crt
{{- end -}}

{{/*
The command of a probe. Fails from the time in the process's file of that name, `live` or `ready`, and prints the problem
in it. Needs `sh` and `date` of any kind, and starts no Node.js.
*/}}
{{- define "kube-aws-iam.probe" -}}
exec:
  command:
    - sh
    - -c
    - |
      read -r until problem <"$HEALTH_FOLDER/{{ . }}" && [ "$until" -gt "$(date +%s)" ] && exit 0
      echo "${problem:-the process hangs: it did not update $HEALTH_FOLDER/{{ . }} in time}"
      exit 1
{{- end -}}
