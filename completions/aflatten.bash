# bash completion for aflatten
_aflatten() {
    local word=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]}
    COMPREPLY=()
    case $previous in
    -i | --from)
        mapfile -t COMPREPLY < <(compgen -W 'json tsv' -- "$word")
        return ;;
    -T | --to)
        mapfile -t COMPREPLY < <(compgen -W 'tsv json table' -- "$word")
        return ;;
    --framing)
        mapfile -t COMPREPLY < <(compgen -W 'line nest' -- "$word")
        return ;;
    --scan)
        mapfile -t COMPREPLY < <(compgen -W all -- "$word")
        return ;;
    --bad)
        mapfile -t COMPREPLY < <(compgen -W skip -- "$word"; compgen -f -- "$word")
        return ;;
    -e | --explode | -j | --threads | -n | --limit | -o | --order-by | -w | --where | --memory | --null)
        return ;;
    esac
    if [[ $word == -* ]]; then
        mapfile -t COMPREPLY < <(compgen -W '-e --explode --outer -w --where -o --order-by -n --limit -i --from -T --to
            --table --vertical --no-header --null --schema --schema=json --scan -j --threads --bad --framing --raw
            --memory --ansi -u --unbuffered -q --quiet -h --help --version' -- "$word")
    else
        compopt -o filenames
        mapfile -t COMPREPLY < <(compgen -f -- "$word")
    fi
}
complete -F _aflatten aflatten
