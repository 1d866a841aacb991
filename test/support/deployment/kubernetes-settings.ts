/** The certificate of an authority (ECDSA). Its key does not exist any more. */
export const CERTIFICATE_AUTHORITY = `-----BEGIN CERTIFICATE-----
MIIBSDCB8KADAgECAhBKlERq75uFPeukqSZqF6xYMAoGCCqGSM49BAMCMBMxETAP
BgNVBAMTCGxvY2FsLWNhMB4XDTI2MTEyODIwMDgxNloXDTI3MTEyODIxMDgxNlow
EzERMA8GA1UEAxMIbG9jYWwtY2EwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAATp
aBcspWu+hFWrAsKR4gO03rark0DMMcTbBCyEkXZc7gl+DhWTG6mEUxKi/8UVT13M
iacLWrZe6mfaagcnjwz1oyYwJDASBgNVHRMBAf8ECDAGAQH/AgEAMA4GA1UdDwEB
/wQEAwIChDAKBggqhkjOPQQDAgNHADBEAiAx8tQPYH1cFtr0GhbHIaiGl+POEbDq
pzlQa/0UR7jlZwIgYaT0iN4vk3OkAYmxGcYOUAsi5iBf4uPlTOEvIcy/LGg=
-----END CERTIFICATE-----`;

/** Settings of a cluster outside EKS, without a login. */
export const ADDRESS = {
  server: 'https://api.example.com:6443',
  certificateAuthority: CERTIFICATE_AUTHORITY,
};

/** Settings of a cluster outside EKS. */
export const KUBERNETES = {
  kind: 'kubernetes',
  kubernetes: { ...ADDRESS, login: 'serviceAccount' },
} as const;
