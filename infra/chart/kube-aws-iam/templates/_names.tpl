{{/* The group that the EKS access entry gives to the refresher. Not a value: the stack sets the same one. */}}
{{- define "kube-aws-iam.group" -}}
kube-aws-iam:refreshers
{{- end -}}

{{/* Where the forwarder is, and what it is called. Not values: the forwarder's role is given to this namespace only. */}}
{{- define "kube-aws-iam.namespace" -}}
kube-aws-iam
{{- end -}}

{{- define "kube-aws-iam.forwarder" -}}
kube-aws-iam-forwarder
{{- end -}}

{{/* CEL: whether a Secret, `object` or `oldObject`, carries the label of managed Secrets. Helm's own charts use the key too, with other values. */}}
{{- define "kube-aws-iam.isManaged" -}}
(has({{ . }}.metadata.labels) && 'heritage' in {{ . }}.metadata.labels && {{ . }}.metadata.labels['heritage'] == 'kube-aws-iam-controller')
{{- end -}}

{{/* CEL: the annotations of a Secret, `object` or `oldObject`; an empty map where there are none. */}}
{{- define "kube-aws-iam.annotationsOf" -}}
"has({{ . }}.metadata.annotations) ? {{ . }}.metadata.annotations : {}"
{{- end -}}

{{/* CEL: whether the annotation's key, a variable, is one that the refresher writes. */}}
{{- define "kube-aws-iam.isOwnAnnotation" -}}
{{ . }}.startsWith('kube-aws-iam/')
{{- end -}}

{{- define "kube-aws-iam.labels" -}}
app.kubernetes.io/name: kube-aws-iam
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/part-of: kube-aws-iam
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version }}
{{- end -}}

{{/* What selects the forwarder's pods; it can never change for a Deployment that is there. */}}
{{- define "kube-aws-iam.forwarderSelector" -}}
app.kubernetes.io/name: kube-aws-iam
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/component: forwarder
{{- end -}}

{{/* A file that is written when the chart is made from its sources; `file` is its name. */}}
{{- define "kube-aws-iam.madeFile" -}}
{{- $how := "make the chart with `npx kube-aws-iam manifests`, or let `cdk deploy` make and install it" -}}
{{- .files.Get .file | required (printf "the chart has no %s, as these are its sources: %s" .file $how) -}}
{{- end -}}
