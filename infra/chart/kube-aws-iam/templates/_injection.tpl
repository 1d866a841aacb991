{{/*
Fails the installation in a cluster without MutatingAdmissionPolicy. Without a cluster, `helm template` does not know its
version, and every lookup is empty.
*/}}
{{- define "kube-aws-iam.assertInjectionIsPossible" -}}
{{- $isPossible := .Capabilities.APIVersions.Has "admissionregistration.k8s.io/v1/MutatingAdmissionPolicy" }}
{{- if and (not $isPossible) (lookup "v1" "Namespace" "" "kube-system") -}}
{{- printf "injection.enabled requires Kubernetes 1.36, and this cluster has %s: upgrade it, or set podInjection to false in cdk.json (injection.enabled in the chart's values) and mount the Secrets in the pods" .Capabilities.KubeVersion.Version | fail -}}
{{- end -}}
{{- end -}}

{{/* Names for injection, as in contract/kubernetes/secret.ts and contract/kubernetes/injection.ts. */}}
{{- define "kube-aws-iam.roleAnnotation" -}}
iam.amazonaws.com/role
{{- end -}}

{{- define "kube-aws-iam.injectLabel" -}}
kube-aws-iam/inject
{{- end -}}

{{- define "kube-aws-iam.secretPrefix" -}}
aws-iam-
{{- end -}}

{{- define "kube-aws-iam.mountPath" -}}
/meta/aws-iam
{{- end -}}

{{- define "kube-aws-iam.credentialsFile" -}}
credentials.process
{{- end -}}

{{- define "kube-aws-iam.credentialsVariable" -}}
AWS_SHARED_CREDENTIALS_FILE
{{- end -}}

{{/* Read by version 1 of the SDK for Java, which ignores the other variable. It reads static keys again when they change. */}}
{{- define "kube-aws-iam.javaVariable" -}}
AWS_CREDENTIAL_PROFILES_FILE
{{- end -}}

{{- define "kube-aws-iam.javaFile" -}}
credentials
{{- end -}}

{{/* The volumes that are added. Not the name in the examples: a pod can have such a volume for another role. */}}
{{- define "kube-aws-iam.injectedVolume" -}}
kube-aws-iam
{{- end -}}

{{/*
The second volume has one file of the Secret, which is the same after each renewal, so the kubelet never replaces it. PHP caches
the real path of the file that AWS_SHARED_CREDENTIALS_FILE names, and loses a file that is replaced.
*/}}
{{- define "kube-aws-iam.configVolume" -}}
kube-aws-iam-config
{{- end -}}

{{- define "kube-aws-iam.configPath" -}}
/meta/aws-iam-config
{{- end -}}

{{/* Selects new pods that request a role, in namespaces that opted in. Both policies use it. */}}
{{- define "kube-aws-iam.requestingPods" -}}
failurePolicy: Fail
matchConstraints:
  # The defaults, written out. Otherwise the API server adds them to matchConstraints, which is atomic: `kubectl apply` then
  # reports a change each time, and `kubectl apply --server-side` a conflict with every other field manager.
  matchPolicy: Equivalent
  objectSelector: {}
  namespaceSelector:
    matchLabels:
      {{ include "kube-aws-iam.injectLabel" . }}: enabled
    # Even with the label: a faulty policy must not prevent the cluster's own pods, or the forwarder, from starting.
    matchExpressions:
      - key: kubernetes.io/metadata.name
        operator: NotIn
        values: [kube-system, {{ include "kube-aws-iam.namespace" . }}]
  resourceRules:
    - apiGroups: ['']
      apiVersions: [v1]
      operations: [CREATE]
      resources: [pods]
      scope: '*'
matchConditions:
  # An empty value requests nothing, as in kube2iam and kiam: charts use it for "no role".
  - name: requests-a-role
    expression: >-
      has(object.metadata.annotations) && '{{ include "kube-aws-iam.roleAnnotation" . }}' in object.metadata.annotations
      && object.metadata.annotations['{{ include "kube-aws-iam.roleAnnotation" . }}'] != ''
  # A mirror pod represents a static pod, which runs already and cannot mount Secrets.
  - name: is-no-mirror-pod
    expression: >-
      !has(object.metadata.annotations) || !('kubernetes.io/config.mirror' in object.metadata.annotations)
  # A pod without containers is invalid, and the API server's own message is the best one.
  - name: has-containers
    expression: dyn(object.spec.containers) != null
{{- end -}}

{{/* The prefixes that a role's name can have in the annotation, as a list in CEL, the longest first. */}}
{{- define "kube-aws-iam.rolePrefixes" -}}
{{- $base := .Values.injection.baseRoleArn -}}
{{- $path := regexReplaceAll "^[^/]*/?" $base "" -}}
{{- $prefixes := list -}}
{{- if $base }}{{ $prefixes = append $prefixes $base }}{{ end -}}
{{- if $path }}{{ $prefixes = concat $prefixes (list (print "/" $path) $path) }}{{ end -}}
{{- append $prefixes "/" | toJson -}}
{{- end -}}

{{/* CEL: whether a container, `c`, has a mount at `.path`, with any number of slashes. */}}
{{- define "kube-aws-iam.hasMountAt" -}}
has(c.volumeMounts) && c.volumeMounts.exists(m, m.mountPath.matches('^/*{{ .path | trimPrefix "/" | replace "/" "/+" }}/*$'))
{{- end -}}

{{- define "kube-aws-iam.hasMount" -}}
{{- include "kube-aws-iam.hasMountAt" (dict "path" (include "kube-aws-iam.mountPath" .)) -}}
{{- end -}}

{{- define "kube-aws-iam.hasConfigMount" -}}
{{- include "kube-aws-iam.hasMountAt" (dict "path" (include "kube-aws-iam.configPath" .)) -}}
{{- end -}}

{{/* CEL: whether a container, `c`, has one of the environment variables `.names`. */}}
{{- define "kube-aws-iam.hasVariableOf" -}}
has(c.env) && c.env.exists(e, e.name in ['{{ join "', '" .names }}'])
{{- end -}}

{{- define "kube-aws-iam.hasVariable" -}}
{{- include "kube-aws-iam.hasVariableOf" (dict "names" (list (include "kube-aws-iam.credentialsVariable" .))) -}}
{{- end -}}

{{/* CEL: whether a container, `c`, is given the second volume. One with a mount or a variable of its own is configured by its author. */}}
{{- define "kube-aws-iam.takesConfig" -}}
(!variables.isOptional && !({{ include "kube-aws-iam.hasMount" . }}) && !({{ include "kube-aws-iam.hasConfigMount" . }}) && !({{ include "kube-aws-iam.hasVariable" . }}))
{{- end -}}

{{/* CEL: whether a container, `c`, reads its configuration from the second volume. */}}
{{- define "kube-aws-iam.readsConfig" -}}
has(c.env) && c.env.exists(e, e.name == '{{ include "kube-aws-iam.credentialsVariable" . }}' && has(e.value) && e.value == '{{ include "kube-aws-iam.configPath" . }}/{{ include "kube-aws-iam.credentialsFile" . }}')
{{- end -}}

{{/* CEL: whether an expression, `.test`, is true for a container, `c`, of the pod. */}}
{{- define "kube-aws-iam.anyContainer" -}}
object.spec.containers.exists(c, {{ .test }})
|| (has(object.spec.initContainers) && object.spec.initContainers.exists(c, {{ .test }}))
{{- end -}}

{{/* CEL: variables of both policies. */}}
{{- define "kube-aws-iam.injectionVariables" -}}
- name: asked
  expression: object.metadata.annotations['{{ include "kube-aws-iam.roleAnnotation" . }}']
- name: role
  expression: >-
    variables.asked.substring(size(({{ include "kube-aws-iam.rolePrefixes" . }}.filter(p, variables.asked.startsWith(p)) + [''])[0]))
- name: secretName
  expression: "'{{ include "kube-aws-iam.secretPrefix" . }}' + variables.role"
- name: hasShortName
  expression: size(variables.role) <= 64
- name: hasPossibleName
  expression: variables.hasShortName && variables.secretName.matches('^[a-z0-9]([a-z0-9-]*[a-z0-9])?([.][a-z0-9]([a-z0-9-]*[a-z0-9])?)*$')
# Existing volumes of the whole Secret, which are reused.
- name: ownVolumes
  expression: >-
    has(object.spec.volumes) ? object.spec.volumes
    .filter(v, has(v.secret) && has(v.secret.secretName) && v.secret.secretName == variables.secretName && !has(v.secret.items)).map(v, v.name) : []
# Whether the volume that is reused lets the pod start without the Secret. A second volume would make it wait.
- name: isOptional
  expression: >-
    has(object.spec.volumes) && object.spec.volumes
    .exists(v, has(v.secret) && has(v.secret.optional) && v.secret.optional && size(variables.ownVolumes) > 0 && v.name == variables.ownVolumes[0])
- name: needsMount
  expression: >-
    {{- include "kube-aws-iam.anyContainer" (dict "test" (printf "!(%s)" (include "kube-aws-iam.hasMount" .))) | nindent 4 }}
- name: needsConfig
  expression: >-
    {{- include "kube-aws-iam.anyContainer" (dict "test" (include "kube-aws-iam.takesConfig" .)) | nindent 4 }}
- name: isNameTaken
  expression: >-
    variables.needsMount && size(variables.ownVolumes) == 0
    && has(object.spec.volumes) && object.spec.volumes.exists(v, v.name == '{{ include "kube-aws-iam.injectedVolume" . }}')
# The second volume, which the pod has already when the policy runs again.
- name: hasConfigVolume
  expression: >-
    has(object.spec.volumes) && object.spec.volumes.exists(v, v.name == '{{ include "kube-aws-iam.configVolume" . }}'
    && has(v.secret) && has(v.secret.secretName) && v.secret.secretName == variables.secretName && has(v.secret.items) && size(v.secret.items) == 1
    && v.secret.items[0].key == '{{ include "kube-aws-iam.credentialsFile" . }}' && v.secret.items[0].path == '{{ include "kube-aws-iam.credentialsFile" . }}')
- name: isConfigNameTaken
  expression: >-
    variables.needsConfig && !variables.hasConfigVolume
    && has(object.spec.volumes) && object.spec.volumes.exists(v, v.name == '{{ include "kube-aws-iam.configVolume" . }}')
{{- end -}}

{{/* CEL: what is added to each container in `.list` of the pod's spec. */}}
{{- define "kube-aws-iam.injectedContainers" -}}
{{- $mountPath := include "kube-aws-iam.mountPath" .root -}}
{{- $configPath := include "kube-aws-iam.configPath" .root -}}
{{- $file := include "kube-aws-iam.credentialsFile" .root -}}
{{- $java := include "kube-aws-iam.javaVariable" .root -}}
object.spec.{{ .list }}.map(c, Object.spec.{{ .list }}{
  name: c.name,
  volumeMounts: ({{ include "kube-aws-iam.hasMount" .root }} ? [] : [Object.spec.{{ .list }}.volumeMounts{
    name: variables.volume,
    mountPath: '{{ $mountPath }}',
    readOnly: true
  }]) + ({{ include "kube-aws-iam.takesConfig" .root }} ? [Object.spec.{{ .list }}.volumeMounts{
    name: '{{ include "kube-aws-iam.configVolume" .root }}',
    mountPath: '{{ $configPath }}',
    readOnly: true
  }] : []),
  env: ({{ include "kube-aws-iam.hasVariable" .root }} ? [] : [Object.spec.{{ .list }}.env{
    name: '{{ include "kube-aws-iam.credentialsVariable" .root }}',
    value: {{ include "kube-aws-iam.takesConfig" .root }} ? '{{ $configPath }}/{{ $file }}' : '{{ $mountPath }}/{{ $file }}'
  }]) + ({{ include "kube-aws-iam.hasVariableOf" (dict "names" (list $java)) }} ? [] : [Object.spec.{{ .list }}.env{
    name: '{{ $java }}',
    value: '{{ $mountPath }}/{{ include "kube-aws-iam.javaFile" .root }}'
  }])
  {{- with .root.Values.injection.region }}
  {{- /* What envFrom sets is not visible here, and would be overridden. */}} + (has(c.envFrom) || {{ include "kube-aws-iam.hasVariableOf" (dict "names" (list "AWS_REGION" "AWS_DEFAULT_REGION")) }} ? [] : [Object.spec.{{ $.list }}.env{
    name: 'AWS_REGION',
    value: '{{ . }}'
  }])
  {{- end }}
})
{{- end -}}
