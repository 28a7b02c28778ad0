# Prints what an event log has recorded since a time, in milliseconds since 1970, as JSON, oldest first.
param([string] $Log, [long] $Since)
$ErrorActionPreference = 'Stop'
[Console]::OutputEncoding = New-Object Text.UTF8Encoding $false
$time = [DateTimeOffset]::FromUnixTimeMilliseconds($Since).UtcDateTime.ToString('o')
try {
    $events = @(Get-WinEvent -LogName $Log -FilterXPath "*[System[TimeCreated[@SystemTime >= '$time']]]" -Oldest)
} catch {
    # That there are none is an error to Get-WinEvent.
    if ($_.FullyQualifiedErrorId -notlike 'NoMatchingEventsFound*') { throw }
    $events = @()
}
$records = @($events | ForEach-Object {
    @{
        source = $_.ProviderName
        number = $_.Id
        level = [int] $_.Level
        strings = @($_.Properties | ForEach-Object { [string] $_.Value })
        text = [string] $_.Message
    }
})
ConvertTo-Json -InputObject $records -Depth 3 -Compress
