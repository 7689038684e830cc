# bash completion for aconsume
_aconsume() {
    local word=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]}
    COMPREPLY=()
    case $previous in
    -t)
        mapfile -t COMPREPLY < <(compgen -W "$(atopic list 2>/dev/null)" -- "$word")
        return ;;
    -o | --until)
        mapfile -t COMPREPLY < <(compgen -W 'earliest latest @-10m' -- "$word")
        return ;;
    -F)
        compopt -o filenames
        mapfile -t COMPREPLY < <(compgen -f -- "$word")
        return ;;
    -b | -c | -D | -f | -g | -K | -p | -X)
        return ;;
    esac
    if [[ $word == -* ]]; then
        mapfile -t COMPREPLY < <(compgen -W '-0 -b -c -D -e -f -F -g -J -K -o -p -q -t -u -X -Z --compact --follow --until --value-json
            -h --help --version' -- "$word")
    fi
}
complete -F _aconsume aconsume
