# assume-env hook for PowerShell 7. In $PROFILE: assume-env --init pwsh | Out-String | Invoke-Expression

if ($null -eq $global:__assume_env_state) {
    $global:__assume_env_state = @{ reported = ''; calls = 0 }
}
$global:__assume_env_state.renew = 'assume-env -f pwsh | Out-String | Invoke-Expression'

function global:__assume_env_value([string] $name) {
    [string] [Environment]::GetEnvironmentVariable($name)
}

# Whether this shell holds a session: the labels must belong to the keys in the environment.
function global:__assume_env_held {
    $id = __assume_env_value 'ASSUME_ENV_KEY_ID'
    ($id -ne '') -and ($id -ceq (__assume_env_value 'AWS_ACCESS_KEY_ID'))
}

# A name without special characters, so that it can be shown.
function global:__assume_env_clean([string] $name) {
    $shown = $name -creplace '[^A-Za-z0-9_.,+=@:/ -]', '?'
    if ($shown.Length -gt 40) { $shown.Substring(0, 37) + '...' } else { $shown }
}

# The seconds that are left; nothing when the expiry is unknown.
function global:__assume_env_rest {
    $expires = __assume_env_value 'ASSUME_ENV_EXPIRES'
    if ($expires -cmatch '\A[1-9][0-9]{0,11}\z') {
        [long] $expires - [DateTimeOffset]::UtcNow.ToUnixTimeSeconds()
    }
}

# --- function: changes the variables of this shell; $LASTEXITCODE is that of assume-env ---

$global:__assume_env_state.renew = 'assume --renew'

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

# The text of the prompt and its colour; both empty without a session.
function global:__assume_env_describe {
    if (-not (__assume_env_held)) { return }
    $shown = __assume_env_value 'ASSUME_ENV_PROFILE'
    if ($shown -eq '') { $shown = '?' }
    $shown = __assume_env_clean $shown
    $narrowed = __assume_env_value 'ASSUME_ENV_NARROWED'
    if ($narrowed -ceq 'read-only') { $shown += ' ro' } elseif ($narrowed -ne '') { $shown += '*' }
    $left = __assume_env_rest
    if ($null -eq $left) { return @($shown, '') }
    if ($left -le 0) { return @("$shown expired", '31') }
    $color = if ($left -lt 600) { '33' } else { '' }
    $hours = [Math]::Floor($left / 3600)
    $minutes = [Math]::Floor($left / 60) % 60
    if ($left -lt 60) {
        $shown += ' <1m'
    } elseif ($hours -eq 0) {
        $shown += " ${minutes}m"
    } else {
        $shown += ' {0}h{1:00}m' -f $hours, $minutes
    }
    @($shown, $color)
}

function global:__assume_env_prompt {
    $shown, $color = __assume_env_describe
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

function global:__assume_env_expiry {
    $left = __assume_env_rest
    $id = __assume_env_value 'ASSUME_ENV_KEY_ID'
    if ((-not (__assume_env_held)) -or ($null -eq $left) -or ($left -gt 0) -or ($global:__assume_env_state['reported'] -ceq $id)) { return }
    $global:__assume_env_state['reported'] = $id
    $name = __assume_env_clean (__assume_env_value 'ASSUME_ENV_PROFILE')
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
