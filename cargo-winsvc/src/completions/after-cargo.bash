
complete -o bashdefault -o default -F _cargo_winsvc cargo-winsvc

# Completes `cargo winsvc …`, and leaves other words after `cargo` to the function that completed them before.
_cargo_winsvc_after_cargo() {
    local -i first=1
    # Flags and `+toolchain` come before the subcommand.
    while (( first < COMP_CWORD )) && [[ ${COMP_WORDS[first]} == [-+]* ]]; do
        first+=1
    done
    if (( first < COMP_CWORD )) && [[ ${COMP_WORDS[first]} == winsvc ]]; then
        local -a rest=("${COMP_WORDS[@]:first+1}")
        local -i word=COMP_CWORD-first
        local -a COMP_WORDS=(cargo-winsvc "${rest[@]}")
        local -i COMP_CWORD=word
        _cargo_winsvc cargo-winsvc "$2" "$3"
    elif [[ -n ${_cargo_winsvc_before-} ]]; then
        "$_cargo_winsvc_before" "$@"
    fi
}

# bash-completion loads the completion of a command when it is first asked for.
if ! complete -p cargo &> /dev/null; then
    if declare -F _comp_load > /dev/null; then
        _comp_load cargo &> /dev/null
    elif declare -F _completion_loader > /dev/null; then
        _completion_loader cargo &> /dev/null
    fi
fi
if [[ $(complete -p cargo 2> /dev/null) =~ \ -F\ ([^ ]+) && ${BASH_REMATCH[1]} != _cargo_winsvc_after_cargo ]]; then
    _cargo_winsvc_before=${BASH_REMATCH[1]}
fi
complete -o bashdefault -o default -F _cargo_winsvc_after_cargo cargo
