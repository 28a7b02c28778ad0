# Validates Windows Installer packages with Microsoft's own rules: MsiVal2.exe with Darice.cub, the full set of internal
# consistency evaluators (ICE). Both come from the Windows SDK, which must be installed; two of its packages are installed
# here, as administrator.
#
#   ice.ps1 PACKAGE...
#
# Errors of the rules fail, warnings are printed. ICE40 warns about REINSTALLMODE in the Property table: expected, as
# the packages set it on purpose. ICE20 wants a dialog FilesInUse: expected where there are dialogs, which leave it out on
# purpose.
param([Parameter(Mandatory, ValueFromRemainingArguments)] [string[]] $Packages)
$ErrorActionPreference = 'Stop'
Set-StrictMode -Version 2

# The newest SDK's package with this file name.
function Find-SdkPackage([string] $Name) {
    $kits = Join-Path ${env:ProgramFiles(x86)} 'Windows Kits\10\bin'
    $found = @(Get-Item (Join-Path $kits "10.*\x86\$Name") -ErrorAction SilentlyContinue |
        Sort-Object { [version] $_.Directory.Parent.Name })
    if (-not $found) {
        throw "there is no $Name below ${kits}: install the component 'MSI Tools' (OptionId.MSIInstallTools) of the Windows SDK"
    }
    $found[-1].FullName
}

# Runs msiexec without a window. Success is 0, or 3010 where Windows wants to be restarted.
function Invoke-Msiexec([string] $Arguments, [string] $Log) {
    $process = Start-Process msiexec -ArgumentList "$Arguments /qn /norestart /l*v `"$Log`"" -Wait -PassThru
    if ($process.ExitCode -notin 0, 3010) {
        Get-Content $Log -ErrorAction SilentlyContinue | Write-Host
        throw "msiexec $Arguments ended with $($process.ExitCode)"
    }
}

# The only file of this name below a folder.
function Find-File([string] $Folder, [string] $Name) {
    $found = @(Get-ChildItem $Folder -Recurse -File -Filter $Name)
    if ($found.Count -ne 1) { throw "expected one $Name in the SDK's package, found $($found.Count)" }
    $found[0].FullName
}

# Validates one package; $true if no rule reports an error.
function Test-Package([string] $Package, [string] $Tool, [string] $Rules, [string] $Folder) {
    # The tool does not overwrite a log.
    $log = Join-Path $Folder "$([guid]::NewGuid()).log"
    $output = @(& $Tool $Package $Rules -f -l $log)
    $exit = $LASTEXITCODE
    Write-Host "==> $Package"
    if ($exit -ne 0 -or -not (Test-Path $log)) {
        $output | Write-Host
        Write-Host "error: $Tool ended with $exit; log written: $(Test-Path $log)"
        return $false
    }
    # A log in UTF-16 without a byte order mark would have a zero behind each character.
    $lines = @((Get-Content $log -Raw) -replace "`0", '' -split '\r?\n' | Where-Object { $_ -match '\bICE\d+\b' })
    $lines | Write-Host
    # As each package sets REINSTALLMODE, there is at least one warning.
    if (-not ($lines -match '\bICE40\b')) {
        $output | Write-Host
        Write-Host 'error: ICE40 did not warn about REINSTALLMODE; the rules did not run'
        return $false
    }
    # A warning's text may contain the word.
    $errors = @($lines | Where-Object {
        $_ -match '\berror\b' -and $_ -notmatch '^\s*ICE\d+\W+(warning|info)' -and
            $_ -notmatch '\bICE20\b.*\b(FilesInUse|ListBox)\b'
    })
    $errors | ForEach-Object { Write-Host "error: $_" }
    $errors.Count -eq 0
}

$folder = Join-Path ([IO.Path]::GetTempPath()) "winsvc-ice-$PID"
[void] (New-Item $folder -ItemType Directory)
try {
    $validator = Find-SdkPackage 'MsiVal2-x86_en-us.msi'
    $orca = Find-SdkPackage 'Orca-x86_en-us.msi'
    # Installing registers the COM class that runs the rules. Orca comes second, as MsiVal2's registration of it has the
    # CLSID of an older version.
    Invoke-Msiexec "/i `"$validator`"" (Join-Path $folder 'validator.log')
    Invoke-Msiexec "/i `"$orca`"" (Join-Path $folder 'orca.log')
    $extracted = Join-Path $folder 'extracted'
    Invoke-Msiexec "/a `"$validator`" TARGETDIR=`"$extracted`"" (Join-Path $folder 'extract.log')
    $tool = Find-File $extracted 'msival2.exe'
    $rules = Find-File $extracted 'darice.cub'

    $failed = @($Packages | Where-Object { -not (Test-Package (Resolve-Path $_).ProviderPath $tool $rules $folder) })
    if ($failed) { throw "not valid: $($failed -join ', ')" }
    Write-Host "$($Packages.Count) packages have no error"
} finally {
    Remove-Item $folder -Recurse -Force -ErrorAction SilentlyContinue
}
