# assume-env hook for PowerShell 7. In $PROFILE: assume-env --init pwsh | Out-String | Invoke-Expression

if ($null -eq $global:__assume_env_state) {
    $global:__assume_env_state = @{ previous = @('', '', ''); reported = '' }
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
    $shown = $name -creplace '[^A-Za-z0-9_.,+=@:/-]', '?'
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

# The program, and not a function, an alias or a script of the same name.
function global:__assume_env_program {
    (Get-Command -Name 'assume-env' -CommandType Application -ErrorAction Stop | Select-Object -First 1).Source
}

function global:__assume_env_labels {
    foreach ($name in @('PROFILE', 'SOURCE', 'NARROWED')) {
        if (__assume_env_held) { __assume_env_value "ASSUME_ENV_$name" } else { '' }
    }
}

function global:__assume_env_fail([string] $message) {
    $global:LASTEXITCODE = 1
    throw "assume-env: $message"
}

# Evaluates the text that the program prints, and keeps the labels of the session before.
function global:__assume_env_switch([string[]] $words) {
    $before = @(__assume_env_labels)
    $program = __assume_env_program
    $text = & $program -f pwsh @words | Out-String
    if ($LASTEXITCODE -ne 0) {
        throw 'assume-env failed'
    }
    if (-not $text.StartsWith('$env:', [StringComparison]::Ordinal)) {
        __assume_env_fail '@message.no-text PowerShell@'
    }
    Invoke-Expression $text
    if (($before[0] -ne '') -and (($before -join [char] 10) -cne (@(__assume_env_labels) -join [char] 10))) {
        $global:__assume_env_state.previous = $before
    }
}

# Switches to the role that the user picks with fzf; without fzf or a terminal, prints the status.
function global:__assume_env_pick {
    $program = __assume_env_program
    $fzf = Get-Command -Name 'fzf' -CommandType Application -ErrorAction Ignore | Select-Object -First 1
    if (($null -eq $fzf) -or [Console]::IsInputRedirected -or [Console]::IsErrorRedirected) {
        & $program --status
        return
    }
    # fzf quotes the name for sh. Another shell could run a part of the name.
    $shell = $env:SHELL
    try {
        $env:SHELL = '/bin/sh'
        $picked = & $program --list 2>$null | & $fzf.Source --no-multi '--prompt=role> ' '--preview-window=wrap' '--preview=assume-env --explain {}'
    } finally {
        $env:SHELL = $shell
    }
    if ($picked) { __assume_env_switch @([string] $picked) }
}

# Switches to the role before this one, with its own source.
function global:__assume_env_back([string[]] $words) {
    $role, $source, $narrowed = $global:__assume_env_state.previous
    if (($role -eq '') -or $role.StartsWith('-')) {
        __assume_env_fail '@message.no-previous-role@; @message.no-previous-role.hint@'
    }
    $name = __assume_env_clean $role
    $flags = @()
    if ($narrowed -ceq 'read-only') {
        $flags += '--read-only'
    } elseif ($narrowed -ne '') {
        __assume_env_fail "@message.restricted $name@; @message.restricted.hint $name@"
    }
    if ($role -cmatch '\A(arn:|[0-9]{12}:)') {
        if ($source -eq '') {
            __assume_env_fail "@message.source-gone $name@; @message.source-gone.hint $name@"
        }
        $flags += "--source-profile=$source"
    }
    __assume_env_switch (@($role) + $flags + @($words))
}

# The function declares no parameters, so that $args has every word unchanged.
function global:assume {
    $words = @($args | ForEach-Object { [string] $_ })
    if ($words.Count -eq 0) {
        __assume_env_pick
        return
    }
    $rest = @($words | Select-Object -Skip 1)
    if ($words[0] -ceq '-') {
        __assume_env_back $rest
        return
    }
    if ($words[0] -ceq '--renew') {
        __assume_env_switch (@('--fresh') + $rest)
        return
    }
    # With these arguments the program prints no text for a shell, so the line runs unchanged:
    # Invoke-Expression must never get the name of a profile.
    $unevaluated = '\A(?s:@unevaluated.regex@)\z'
    if (@($words -cmatch $unevaluated).Count -gt 0) {
        $program = __assume_env_program
        & $program @words
        return
    }
    __assume_env_switch $words
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
