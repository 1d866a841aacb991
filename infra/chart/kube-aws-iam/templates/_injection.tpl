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

{{/* The volume that is added. Not the name in the examples: a pod can have such a volume for another role. */}}
{{- define "kube-aws-iam.injectedVolume" -}}
kube-aws-iam
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

{{/* CEL: whether a container, `c`, has a mount at the mount path, with any number of slashes. */}}
{{- define "kube-aws-iam.hasMount" -}}
has(c.volumeMounts) && c.volumeMounts.exists(m, m.mountPath.matches('^/*{{ include "kube-aws-iam.mountPath" . | trimPrefix "/" | replace "/" "/+" }}/*$'))
{{- end -}}

{{/* CEL: whether a container, `c`, has the environment variable. */}}
{{- define "kube-aws-iam.hasVariable" -}}
has(c.env) && c.env.exists(e, e.name == '{{ include "kube-aws-iam.credentialsVariable" . }}')
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
- name: needsMount
  expression: >-
    object.spec.containers.exists(c, !({{ include "kube-aws-iam.hasMount" . }}))
    || (has(object.spec.initContainers) && object.spec.initContainers.exists(c, !({{ include "kube-aws-iam.hasMount" . }})))
- name: isNameTaken
  expression: >-
    variables.needsMount && size(variables.ownVolumes) == 0
    && has(object.spec.volumes) && object.spec.volumes.exists(v, v.name == '{{ include "kube-aws-iam.injectedVolume" . }}')
{{- end -}}

{{/* CEL: what is added to each container in `.list` of the pod's spec. */}}
{{- define "kube-aws-iam.injectedContainers" -}}
object.spec.{{ .list }}.map(c, Object.spec.{{ .list }}{
  name: c.name,
  volumeMounts: {{ include "kube-aws-iam.hasMount" .root }} ? [] : [Object.spec.{{ .list }}.volumeMounts{
    name: variables.volume,
    mountPath: '{{ include "kube-aws-iam.mountPath" .root }}',
    readOnly: true
  }],
  env: {{ include "kube-aws-iam.hasVariable" .root }} ? [] : [Object.spec.{{ .list }}.env{
    name: '{{ include "kube-aws-iam.credentialsVariable" .root }}',
    value: '{{ include "kube-aws-iam.mountPath" .root }}/{{ include "kube-aws-iam.credentialsFile" .root }}'
  }]
})
{{- end -}}
