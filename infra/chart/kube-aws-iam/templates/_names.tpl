{{/* CEL: whether a request is from the refresher. */}}
{{- define "kube-aws-iam.isRefresher" -}}
{{- with .Values.refresher.subject -}}
{{- if eq .kind "Group" -}}
request.userInfo.groups.exists(g, g == {{ .name | toJson }})
{{- else if eq .kind "ServiceAccount" -}}
request.userInfo.username == {{ printf "system:serviceaccount:%s:%s" .namespace .name | toJson }}
{{- else -}}
request.userInfo.username == {{ .name | toJson }}
{{- end -}}
{{- end -}}
{{- end -}}

{{/* The refresher's ServiceAccount, and whether the refresher is authenticated as this one. */}}
{{- define "kube-aws-iam.refresher" -}}
kube-aws-iam-refresher
{{- end -}}

{{- define "kube-aws-iam.hasServiceAccount" -}}
{{- with .Values.refresher.subject -}}
{{- if and (eq .kind "ServiceAccount") (eq .namespace (include "kube-aws-iam.namespace" $)) (eq .name (include "kube-aws-iam.refresher" $)) -}}
true
{{- end -}}
{{- end -}}
{{- end -}}

{{/* The ServiceAccount that opens the sessions of pods' roles. */}}
{{- define "kube-aws-iam.sessions" -}}
kube-aws-iam-sessions
{{- end -}}

{{/* Namespace and name of the forwarder. Not values: only this namespace can use the forwarder's role. */}}
{{- define "kube-aws-iam.namespace" -}}
kube-aws-iam
{{- end -}}

{{- define "kube-aws-iam.forwarder" -}}
kube-aws-iam-forwarder
{{- end -}}

{{/* CEL: whether a Secret, `object` or `oldObject`, has the label of managed Secrets. Helm charts use the key too, with other values. */}}
{{- define "kube-aws-iam.isManaged" -}}
(has({{ . }}.metadata.labels) && 'heritage' in {{ . }}.metadata.labels && {{ . }}.metadata.labels['heritage'] == 'kube-aws-iam-controller')
{{- end -}}

{{/* CEL: the annotations of a Secret, `object` or `oldObject`; an empty map if it has none. */}}
{{- define "kube-aws-iam.annotationsOf" -}}
"has({{ . }}.metadata.annotations) ? {{ . }}.metadata.annotations : {}"
{{- end -}}

{{/* CEL: whether an annotation's key, a variable, belongs to the refresher. */}}
{{- define "kube-aws-iam.isOwnAnnotation" -}}
{{ . }}.startsWith('kube-aws-iam/')
{{- end -}}

{{/* CEL: whether a label's key, a variable, is in a domain whose labels are not copied from an AWSIAMRole (isReservedLabel of the functions). */}}
{{- define "kube-aws-iam.isReservedLabel" -}}
({{ . }}.matches(r'^([^/]*\.)?(k8s\.io|kubernetes\.io|argoproj\.io|sealedsecrets\.bitnami\.com)/') && !{{ . }}.startsWith('app.kubernetes.io/'))
{{- end -}}

{{/* The base64 of the file `credentials.process`. CEL has no function that decodes base64. */}}
{{- define "kube-aws-iam.processFileBase64" -}}
W2RlZmF1bHRdCmNyZWRlbnRpYWxfcHJvY2VzcyA9IGNhdCAvbWV0YS9hd3MtaWFtL2NyZWRlbnRpYWxzLmpzb24K
{{- end -}}

{{/*
The pattern of the base64 of the file `credentials`: these lines and no others, with printable values. Each text between two values
has three forms, because base64 depends on the position of a byte. chart-contract.test.ts generates it from the format.
*/}}
{{- define "kube-aws-iam.staticFilePattern" -}}
^W2RlZmF1bHRdCmF3c19hY2Nlc3Nfa2V5X2lkID0g(?:[I-Za-f][C-HS-Xi-nyz0-3](?:[AEIMQUYcgkosw048][g-z0-9+/]|[BFJNRVZdhlptx159][A-Za-z0-9+/]))*(?:CmF3c19zZWNyZXRfYWNjZXNzX2tleSA9I[C-H](?:[AEIMQUYcgkosw048][g-z0-9+/]|[BFJNRVZdhlptx159][A-Za-z0-9+/])|[I-Za-f][AQgw]phd3Nfc2VjcmV0X2FjY2Vzc19rZXkgPS(?:A[g-z0-9+/]|B[A-Za-z0-9+/])|[I-Za-f][C-HS-Xi-nyz0-3][AEIMQUYcgkosw048]KYXdzX3NlY3JldF9hY2Nlc3Nfa2V5ID0g)(?:[I-Za-f][C-HS-Xi-nyz0-3](?:[AEIMQUYcgkosw048][g-z0-9+/]|[BFJNRVZdhlptx159][A-Za-z0-9+/]))*(?:CmF3c19zZXNzaW9uX3Rva2VuID0g|[I-Za-f][AQgw]phd3Nfc2Vzc2lvbl90b2tlbiA9I[C-H](?:[AEIMQUYcgkosw048][g-z0-9+/]|[BFJNRVZdhlptx159][A-Za-z0-9+/])|[I-Za-f][C-HS-Xi-nyz0-3][AEIMQUYcgkosw048]KYXdzX3Nlc3Npb25fdG9rZW4gPS(?:A[g-z0-9+/]|B[A-Za-z0-9+/]))(?:[I-Za-f][C-HS-Xi-nyz0-3](?:[AEIMQUYcgkosw048][g-z0-9+/]|[BFJNRVZdhlptx159][A-Za-z0-9+/]))*(?:CmF3c19leHBpcmF0aW9uID0g|[I-Za-f][AQgw]phd3NfZXhwaXJhdGlvbiA9I[C-H](?:[AEIMQUYcgkosw048][g-z0-9+/]|[BFJNRVZdhlptx159][A-Za-z0-9+/])|[I-Za-f][C-HS-Xi-nyz0-3][AEIMQUYcgkosw048]KYXdzX2V4cGlyYXRpb24gPS(?:A[g-z0-9+/]|B[A-Za-z0-9+/]))(?:[I-Za-f][C-HS-Xi-nyz0-3](?:[AEIMQUYcgkosw048][g-z0-9+/]|[BFJNRVZdhlptx159][A-Za-z0-9+/]))*(?:Cg==|[I-Za-f][AQgw]o=|[I-Za-f][C-HS-Xi-nyz0-3][AEIMQUYcgkosw048]K)$
{{- end -}}

{{- define "kube-aws-iam.labels" -}}
app.kubernetes.io/name: kube-aws-iam
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/part-of: kube-aws-iam
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version }}
{{- end -}}

{{/* Selects the pods of the refresher. The selector of an existing Deployment is immutable. */}}
{{- define "kube-aws-iam.refresherSelector" -}}
app.kubernetes.io/name: kube-aws-iam
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/component: refresher
{{- end -}}

{{/* Whether the refresher runs in this cluster. Then it watches pods by itself, and there is no forwarder. */}}
{{- define "kube-aws-iam.runsInCluster" -}}
{{- if .Values.refresher.deployment.enabled -}}
true
{{- end -}}
{{- end -}}

{{/* Selects the forwarder's pods. The selector of an existing Deployment is immutable. */}}
{{- define "kube-aws-iam.forwarderSelector" -}}
app.kubernetes.io/name: kube-aws-iam
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/component: forwarder
{{- end -}}

{{/* The contents of a file, `file`, that is generated when the chart is built from its sources. */}}
{{- define "kube-aws-iam.generatedFile" -}}
{{- $how := "build the chart with `npx kube-aws-iam manifests --chart FOLDER`, or let `cdk deploy` build and install it" -}}
{{- .files.Get .file | required (printf "%s is missing, because these are the sources of the chart: %s" .file $how) -}}
{{- end -}}
