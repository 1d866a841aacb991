{{/* The names of injection: those of contract/secret.ts and contract/injection.ts. */}}
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

{{/* The volume that is added. Not the name in our examples: a pod may have one of those for another role. */}}
{{- define "kube-aws-iam.injectedVolume" -}}
kube-aws-iam
{{- end -}}

{{/* Which pods: new ones that ask, in namespaces that opted in. The same for the policy that adds and the one that refuses. */}}
{{- define "kube-aws-iam.podsThatAsk" -}}
failurePolicy: Fail
matchConstraints:
  namespaceSelector:
    matchLabels:
      {{ include "kube-aws-iam.injectLabel" . }}: enabled
    # Whoever sets the label: a policy at fault must not keep the cluster's own pods, or the forwarder, from starting.
    matchExpressions:
      - key: kubernetes.io/metadata.name
        operator: NotIn
        values: [kube-system, {{ include "kube-aws-iam.namespace" . }}]
  resourceRules:
    - apiGroups: ['']
      apiVersions: [v1]
      operations: [CREATE]
      resources: [pods]
      # The default, written out: `kubectl apply` would find it missing each time.
      scope: '*'
matchConditions:
  # An empty value asks for nothing, as with kube2iam and kiam: charts write one for "no role".
  - name: asks-for-a-role
    expression: >-
      has(object.metadata.annotations) && '{{ include "kube-aws-iam.roleAnnotation" . }}' in object.metadata.annotations
      && object.metadata.annotations['{{ include "kube-aws-iam.roleAnnotation" . }}'] != ''
  # The picture that a kubelet draws of a static pod, which runs already and can mount no Secret.
  - name: no-mirror-pod
    expression: >-
      !has(object.metadata.annotations) || !('kubernetes.io/config.mirror' in object.metadata.annotations)
  # Without containers it is no pod, which Kubernetes says best itself.
  - name: has-containers
    expression: dyn(object.spec.containers) != null
{{- end -}}

{{/* What may stand before a role's name, as a list in CEL: the longest first. */}}
{{- define "kube-aws-iam.rolePrefixes" -}}
{{- $base := .Values.injection.baseRoleArn -}}
{{- $path := regexReplaceAll "^[^/]*/?" $base "" -}}
{{- $prefixes := list -}}
{{- if $base }}{{ $prefixes = append $prefixes $base }}{{ end -}}
{{- if $path }}{{ $prefixes = concat $prefixes (list (print "/" $path) $path) }}{{ end -}}
{{- append $prefixes "/" | toJson -}}
{{- end -}}

{{/* CEL: whether a container, `c`, has something of its own at the mount path, however that is spelt. */}}
{{- define "kube-aws-iam.hasMount" -}}
has(c.volumeMounts) && c.volumeMounts.exists(m, m.mountPath.matches('^/*{{ include "kube-aws-iam.mountPath" . | trimPrefix "/" | replace "/" "/+" }}/*$'))
{{- end -}}

{{/* CEL: whether a container, `c`, has the environment variable. */}}
{{- define "kube-aws-iam.hasVariable" -}}
has(c.env) && c.env.exists(e, e.name == '{{ include "kube-aws-iam.credentialsVariable" . }}')
{{- end -}}

{{/* CEL: what both policies know of a pod. */}}
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
# Volumes of the whole Secret, which are used again.
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

{{/* CEL: what is added to each container of a list of the pod's spec, `.list`. */}}
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
