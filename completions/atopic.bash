# bash completion for atopic
_atopic() {
    local word=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]}
    COMPREPLY=()
    case $previous in
    -t)
        mapfile -t COMPREPLY < <(compgen -W "$(atopic list 2>/dev/null)" -- "$word")
        return ;;
    -o)
        mapfile -t COMPREPLY < <(compgen -W 'earliest latest @-10m' -- "$word")
        return ;;
    -F)
        compopt -o filenames
        mapfile -t COMPREPLY < <(compgen -f -- "$word")
        return ;;
    --config)
        mapfile -t COMPREPLY < <(compgen -S = -W 'max.message.bytes cleanup.policy retention.ms segment.bytes compression.type' -- "$word")
        return ;;
    -b | -X | --delete-config | --partitions | --replication-factor)
        return ;;
    esac
    if [[ $word == -* ]]; then
        mapfile -t COMPREPLY < <(compgen -W '-b -F -J -o -q -t -X --config --delete-config --if-exists --if-not-exists --partitions
            --replication-factor -h --help --version' -- "$word")
    elif [ "$COMP_CWORD" = 1 ]; then
        mapfile -t COMPREPLY < <(compgen -W 'create describe list alter delete offsets groups lag reset' -- "$word")
    else
        mapfile -t COMPREPLY < <(compgen -W "$(atopic list 2>/dev/null)" -- "$word")
    fi
}
complete -F _atopic atopic
