# Signs a file with a new certificate that is forgotten at once, and prints what Windows thinks of the signature.
param([string] $Path)
$ErrorActionPreference = 'Stop'
$store = 'Cert:\CurrentUser\My'
$certificate = New-SelfSignedCertificate -Type CodeSigningCert -Subject 'CN=Tests' -CertStoreLocation $store
try {
    [void] (Set-AuthenticodeSignature -FilePath $Path -Certificate $certificate -HashAlgorithm SHA256)
    (Get-AuthenticodeSignature -FilePath $Path).Status.ToString()
} finally {
    Remove-Item (Join-Path $store $certificate.Thumbprint)
}
