# bash completion for aagg
_aagg() {
    local word=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]}
    COMPREPLY=()
    case $previous in
    --framing)
        mapfile -t COMPREPLY < <(compgen -W 'line nest' -- "$word")
        return ;;
    -i | --from)
        mapfile -t COMPREPLY < <(compgen -W 'json tsv' -- "$word")
        return ;;
    -T | --to)
        mapfile -t COMPREPLY < <(compgen -W 'tsv json table' -- "$word")
        return ;;
    --key-first)
        mapfile -t COMPREPLY < <(compgen -W 'hash text' -- "$word")
        return ;;
    --bad)
        mapfile -t COMPREPLY < <(compgen -W skip -- "$word"; compgen -f -- "$word")
        return ;;
    -g | --group-by | --having | -j | --threads | --memory | -n | --limit | --null | -o | --order-by | -w | --where)
        return ;;
    esac
    if [[ $word == -* ]]; then
        mapfile -t COMPREPLY < <(compgen -W '-g --group-by -w --where --having -o --order-by -n --limit -i --from -T --to
            --table --vertical --no-header --null --partial --key-first --merge -j --threads --bad --framing --raw --memory --ansi
            -u --unbuffered -q --quiet -h --help --version' -- "$word")
    else
        compopt -o filenames
        mapfile -t COMPREPLY < <(compgen -f -- "$word")
    fi
}
complete -F _aagg aagg
