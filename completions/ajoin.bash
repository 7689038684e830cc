# bash completion for ajoin
_ajoin() {
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
    --bad)
        mapfile -t COMPREPLY < <(compgen -W skip -- "$word"; compgen -f -- "$word")
        return ;;
    -k | --key | -j | --threads | -n | --limit | -o | --order-by | -w | --where | --memory | --null)
        return ;;
    esac
    if [[ $word == -* ]]; then
        mapfile -t COMPREPLY < <(compgen -W '-k --key --inner --left --right --full --semi --anti -w --where -o --order-by -n --limit -i --from -T --to
            --table --vertical --no-header --null -j --threads --bad --framing --raw
            --memory --ansi -u --unbuffered -q --quiet -h --help --version' -- "$word")
    else
        compopt -o filenames
        mapfile -t COMPREPLY < <(compgen -f -- "$word")
    fi
}
complete -F _ajoin ajoin
