# bash completion for aslice
_aslice() {
    local word=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]}
    COMPREPLY=()
    case $previous in
    --framing)
        mapfile -t COMPREPLY < <(compgen -W 'line nest' -- "$word")
        return ;;
    --bad)
        mapfile -t COMPREPLY < <(compgen -W skip -- "$word"; compgen -f -- "$word")
        return ;;
    -n | --limit | -w | --where | -j | --threads | --batch-count | --batch-bytes)
        return ;;
    esac
    if [[ $word == -* ]]; then
        mapfile -t COMPREPLY < <(compgen -W '-c --compact-output -p --pretty -r --raw-output -0 -n --limit -w --where
            --batch-count --batch-bytes -u --unbuffered --bad --framing --raw -j --threads -q --quiet -h --help
            --version' -- "$word")
    else
        compopt -o filenames
        mapfile -t COMPREPLY < <(compgen -f -- "$word")
    fi
}
complete -F _aslice aslice
