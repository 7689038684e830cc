# bash completion for aproduce
_aproduce() {
    local word=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]}
    COMPREPLY=()
    case $previous in
    -t)
        mapfile -t COMPREPLY < <(compgen -W "$(atopic list 2>/dev/null)" -- "$word")
        return ;;
    -z)
        mapfile -t COMPREPLY < <(compgen -W 'none gzip snappy lz4 zstd' -- "$word")
        return ;;
    --partitioner)
        mapfile -t COMPREPLY < <(compgen -W 'murmur2_random murmur2 consistent_random consistent fnv1a_random fnv1a random' -- "$word")
        return ;;
    -F | --rejects)
        compopt -o filenames
        mapfile -t COMPREPLY < <(compgen -f -- "$word")
        return ;;
    -b | -c | -D | -H | -k | -K | -p | -X | --key-path | --time-path | --once | --once-batch | --once-topic)
        return ;;
    esac
    if [[ $word == -* ]]; then
        mapfile -t COMPREPLY < <(compgen -W '-0 -b -c -D -e -F -H -J -k -K -p -q -t -u -W -X -z -Z --key-path --time-path
            --partitioner --rejects --transaction --once --once-batch --once-topic --value-json --raw -h --help --version' -- "$word")
    else
        compopt -o filenames
        mapfile -t COMPREPLY < <(compgen -f -- "$word")
    fi
}
complete -F _aproduce aproduce
