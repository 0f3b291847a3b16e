# assume-env hook for PowerShell 7. In $PROFILE: assume-env --init pwsh | Out-String | Invoke-Expression

if ($null -eq $global:__assume_env_state) {
    $global:__assume_env_state = @{ previous = @('', '', ''); told = '' }
}
$global:__assume_env_state.renew = 'assume-env -f pwsh | Out-String | Invoke-Expression'

function global:__assume_env_value([string] $name) {
    [string] [Environment]::GetEnvironmentVariable($name)
}

# The labels belong to the keys beside them, or there is no session.
function global:__assume_env_held {
    $id = __assume_env_value 'ASSUME_ENV_KEY_ID'
    ($id -ne '') -and ($id -ceq (__assume_env_value 'AWS_ACCESS_KEY_ID'))
}

# A name as it may be shown.
function global:__assume_env_clean([string] $name) {
    $shown = $name -creplace '[^A-Za-z0-9_.,+=@:/-]', '?'
    if ($shown.Length -gt 40) { $shown.Substring(0, 37) + '...' } else { $shown }
}

# The seconds that are left; nothing when nobody knows.
function global:__assume_env_rest {
    $expires = __assume_env_value 'ASSUME_ENV_EXPIRES'
    if ($expires -cmatch '\A[1-9][0-9]{0,11}\z') {
        [long] $expires - [DateTimeOffset]::UtcNow.ToUnixTimeSeconds()
    }
}

# --- function: evaluates in this shell; $LASTEXITCODE is the program's status, and a failure is an error ---

$global:__assume_env_state.renew = 'assume --renew'

# The program and not a function, an alias or a script of that name.
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

# Evaluates what the program prints, and remembers what was held before.
function global:__assume_env_switch([string[]] $words) {
    $before = @(__assume_env_labels)
    $program = __assume_env_program
    $text = & $program -f pwsh @words | Out-String
    if ($LASTEXITCODE -ne 0) {
        throw 'assume-env failed'
    }
    if (-not $text.StartsWith('$env:', [StringComparison]::Ordinal)) {
        __assume_env_fail 'what was printed is no text for PowerShell'
    }
    Invoke-Expression $text
    if (($before[0] -ne '') -and (($before -join [char] 10) -cne (@(__assume_env_labels) -join [char] 10))) {
        $global:__assume_env_state.previous = $before
    }
}

# The role that fzf picks on the terminal; without fzf or a terminal, the status.
function global:__assume_env_pick {
    $program = __assume_env_program
    $fzf = Get-Command -Name 'fzf' -CommandType Application -ErrorAction Ignore | Select-Object -First 1
    if (($null -eq $fzf) -or [Console]::IsInputRedirected -or [Console]::IsErrorRedirected) {
        & $program --status
        return
    }
    # fzf quotes the name for sh. Another shell would read that otherwise, and run what a name says.
    $shell = $env:SHELL
    try {
        $env:SHELL = '/bin/sh'
        $picked = & $program --list 2>$null | & $fzf.Source --no-multi '--prompt=role> ' '--preview-window=wrap' '--preview=assume-env --explain {}'
    } finally {
        $env:SHELL = $shell
    }
    if ($picked) { __assume_env_switch @([string] $picked) }
}

# The role before this one, from its own source.
function global:__assume_env_back([string[]] $words) {
    $role, $source, $narrowed = $global:__assume_env_state.previous
    if (($role -eq '') -or $role.StartsWith('-')) {
        __assume_env_fail 'this shell held no other role before; name one: assume ROLE'
    }
    $name = __assume_env_clean $role
    $flags = @()
    if ($narrowed -ceq 'read-only') {
        $flags += '--read-only'
    } elseif ($narrowed -ne '') {
        __assume_env_fail "the session of $name was narrowed or tagged, and how is not kept; name it again with its flags: assume $name ..."
    }
    if ($role -cmatch '\A(arn:|[0-9]{12}:)') {
        if ($source -eq '') {
            __assume_env_fail "$name came from a session or keys that are gone; name its source: assume --source-profile NAME $name"
        }
        $flags += "--source-profile=$source"
    }
    __assume_env_switch (@($role) + $flags + @($words))
}

# No parameters of its own: $args takes every word as it stands.
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
    # What prints no text for a shell runs as it is: the name of a profile must never come near Invoke-Expression.
    $asks = '\A(?s:--|--(whoami|buckets|explain|list|status|help|version|json|show)|--(init|format)(=.*)?|-[hVf].*|-[qv]+[hVf].*)\z'
    if (@($words -cmatch $asks).Count -gt 0) {
        $program = __assume_env_program
        & $program @words
        return
    }
    __assume_env_switch $words
}

# --- prompt: the role and the time left, before the first line of the user's own ---

# What is shown and how urgent it is, nothing without a session.
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

# The status of the last command goes on to the prompt of the user, and to the line behind it.
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

# --- expiry: one line, once, at the prompt behind the end of the keys ---

function global:__assume_env_expiry {
    $left = __assume_env_rest
    $id = __assume_env_value 'ASSUME_ENV_KEY_ID'
    if ((-not (__assume_env_held)) -or ($null -eq $left) -or ($left -gt 0) -or ($global:__assume_env_state.told -ceq $id)) { return }
    $global:__assume_env_state.told = $id
    $name = __assume_env_clean (__assume_env_value 'ASSUME_ENV_PROFILE')
    [Console]::Error.WriteLine("assume-env: the keys of $name have expired; to renew them, type $($global:__assume_env_state.renew)")
}

# --- completion: profiles, flags and their values ---

$global:__assume_env_flags = @('@flags@')
$global:__assume_env_regions = @('@regions@')

# The values that a flag still waits for: those of the next word.
function global:__assume_env_value_of([string] $word) {
    foreach ($entry in $global:__assume_env_flags) {
        $name, $letter, $values, $brief = $entry -split ':', 4
        # Of letters that stand together the last one may wait.
        if (($name -ceq $word) -or ($letter -and ($word -cmatch "\A-[^-]*$letter\z"))) { return $values }
    }
}

# A word of PowerShell that is this name.
function global:__assume_env_word([string] $name) {
    if ($name -cmatch '\A[A-Za-z0-9_./:-]+\z') { return $name }
    "'" + [System.Management.Automation.Language.CodeGeneration]::EscapeSingleQuotedStringContent($name) + "'"
}

function global:__assume_env_candidates([string[]] $words, [string] $typed) {
    $wanted = ''
    $role = $false
    foreach ($word in $words) {
        if ($word -ceq '--') { return }
        if ($wanted) {
            $wanted = ''
        } elseif ($word -cmatch '\A-.') {
            $wanted = __assume_env_value_of $word
        } else {
            $role = $true
        }
    }
    if ((-not $wanted) -and $typed.StartsWith('-')) {
        $global:__assume_env_flags | ForEach-Object { ($_ -split ':', 2)[0] }
        '--renew'
        return
    }
    if ((-not $wanted) -and (-not $role)) { $wanted = '@profile' }
    switch -CaseSensitive ($wanted) {
        '@profile' { & assume-env --list 2>$null }
        '@region' { $global:__assume_env_regions }
        '@text' { }
        '' { }
        default { $wanted -split ',' }
    }
}

Register-ArgumentCompleter -Native -CommandName @('assume', 'assume-env') -ScriptBlock {
    param($typed, $line, $cursor)
    $before = @($line.CommandElements | Select-Object -Skip 1 | Where-Object { $_.Extent.EndOffset -lt $cursor })
    $words = @($before | ForEach-Object { $_.Extent.Text })
    $prefix = ([string] $typed).Trim("'")
    __assume_env_candidates $words $prefix |
        Where-Object { $_.StartsWith($prefix, [StringComparison]::Ordinal) } |
        ForEach-Object {
            $word = __assume_env_word $_
            [System.Management.Automation.CompletionResult]::new($word, $_, 'ParameterValue', $_)
        }
}
