# assume-env hook for PowerShell 7. In $PROFILE: assume-env --init pwsh | Out-String | Invoke-Expression

if ($null -eq $global:__assume_env_state) {
    $global:__assume_env_state = @{ reported = ''; calls = 0 }
}
$global:__assume_env_state.renew = '@renew@'

function global:__assume_env_value([string] $name) {
    [string] [Environment]::GetEnvironmentVariable($name)
}

# --- function: changes the variables of this shell; $LASTEXITCODE is that of assume-env ---

# Hands the words to the program unread, and evaluates its answer if it is whole. The function declares no
# parameters, so that $args has every word unchanged. The program is no function, alias or script of its name.
function global:assume {
    $words = @($args | ForEach-Object { [string] $_ })
    $program = (Get-Command -Name 'assume-env' -CommandType Application -ErrorAction Stop | Select-Object -First 1).Source
    $global:__assume_env_state.calls += 1
    $id = "$PID.$($global:__assume_env_state.calls)"
    $text = (& $program "--hook=1:pwsh:assume:${id}:" @words | Out-String).TrimEnd()
    if ($LASTEXITCODE -ne 0) { throw 'assume-env failed' }
    $begin = '$global:__assume_env_mark = ' + "'begin.$id';"
    $end = ' $global:__assume_env_mark = ' + "'$id';"
    if ($text.StartsWith($begin, [StringComparison]::Ordinal) -and $text.EndsWith($end, [StringComparison]::Ordinal)) {
        Invoke-Expression $text
    }
    if ($global:__assume_env_mark -cne $id) {
        $global:LASTEXITCODE = 1
        throw 'assume-env: @message.no-answer@'
    }
}

# --- prompt: the role and the time left, before the user's own prompt ---

function global:__assume_env_prompt {
    $shown, $color, $name = __assume_env_look
    if (-not $shown) { return '' }
    if ((-not $color) -or $env:NO_COLOR -or ($env:TERM -eq 'dumb')) { return "[$shown] " }
    $escape = [char] 27
    "$escape[${color}m[$shown]$escape[0m "
}

# The user's own prompt, and the next line, get the status of the last command.
if ($null -eq $global:__assume_env_state.prompt) {
    $global:__assume_env_state.prompt = $function:prompt
    function global:prompt {
        $code = $global:LASTEXITCODE
        __assume_env_expiry
        $own = & $global:__assume_env_state.prompt
        $global:LASTEXITCODE = $code
        "$(__assume_env_prompt)$own"
    }
}

# --- expiry: one line at the first prompt after the keys have expired ---

# The text of the prompt and its colour, nothing without a session, and the name if the keys have expired.
function global:__assume_env_look {
    $id = __assume_env_value 'ASSUME_ENV_KEY_ID'
    if (("$id$(__assume_env_value 'ASSUME_ENV_HELPER')" -eq '') -or ($id -cne (__assume_env_value 'AWS_ACCESS_KEY_ID'))) { return }
    $name = (__assume_env_value 'ASSUME_ENV_PROFILE') -creplace '[^A-Za-z0-9_.,+=@:/ -]', '?'
    if ($name -eq '') { $name = '?' }
    if ($name.Length -gt 40) { $name = $name.Substring(0, 37) + '...' }
    $narrowed = __assume_env_value 'ASSUME_ENV_NARROWED'
    $shown = if ($narrowed -eq '') { $name } elseif ($narrowed -ceq 'read-only') { "$name ro" } else { "$name*" }
    $expires = __assume_env_value 'ASSUME_ENV_EXPIRES'
    if (-not ($expires -cmatch '\A[1-9][0-9]{0,11}\z')) { return @($shown, '', '') }
    $left = [long] $expires - [DateTimeOffset]::UtcNow.ToUnixTimeSeconds()
    if ($left -le 0) { return @("$shown expired", '31', $name) }
    $color = if ($left -lt 600) { '33' } else { '' }
    $hours, $minutes = [Math]::Floor($left / 3600), ([Math]::Floor($left / 60) % 60)
    $time = if ($left -lt 60) { '<1m' } elseif ($hours -eq 0) { "${minutes}m" } else { '{0}h{1:00}m' -f $hours, $minutes }
    @("$shown $time", $color, '')
}

function global:__assume_env_expiry {
    $shown, $color, $name = __assume_env_look
    $id = __assume_env_value 'ASSUME_ENV_KEY_ID'
    if ((-not $name) -or ($global:__assume_env_state['reported'] -ceq $id)) { return }
    $global:__assume_env_state['reported'] = $id
    [Console]::Error.WriteLine("assume-env: @message.expired $name $($global:__assume_env_state.renew)@")
}

# --- completion: the program says what fits ---

Register-ArgumentCompleter -Native -CommandName @('assume', 'assume-env') -ScriptBlock {
    param($typed, $line, $cursor)
    $before = @($line.CommandElements | Where-Object { $_.Extent.EndOffset -lt $cursor })
    $words = @($before | ForEach-Object { $_.Extent.Text })
    if ($words -ccontains '--') { return }
    & assume-env --complete pwsh @words ([string] $typed) 2>$null | ForEach-Object {
        $word, $about = $_ -split [char] 9, 2
        if (-not $about) { $about = $word }
        [System.Management.Automation.CompletionResult]::new($word, $word, 'ParameterValue', $about)
    }
}
