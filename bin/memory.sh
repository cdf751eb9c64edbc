# Memory for bin/isonorm, in MiB. Functions alone: to be sourced.

# mebibytes SIZE: a size as Java's options take it, such as 2g or 1500m; fails if it is none.
mebibytes() {
  [[ $1 =~ ^([0-9]{1,15})([kKmMgGtT]?)$ ]] || return 1
  local number=$((10#${BASH_REMATCH[1]}))
  case ${BASH_REMATCH[2]} in
    '') echo $((number >> 20)) ;;
    [kK]) echo $((number >> 10)) ;;
    [mM]) echo "$number" ;;
    [gG]) echo $((number << 10)) ;;
    [tT]) echo $((number << 20)) ;;
  esac
}

# memory_limits [ROOT]: prints this machine's memory and the least limit of the control groups
# around this process (versions 1 and 2), 0 where there is none. ROOT is the file system's root.
memory_limits() {
  local root=${1:-} machine=8192 least=0 controllers path file limit key value
  while read -r key value _; do
    if [ "$key" = MemTotal: ]; then
      machine=$((value >> 10))
      break
    fi
  done 2> /dev/null < "$root/proc/meminfo"
  while IFS=: read -r _ controllers path; do
    case ,$controllers, in
      ,,) file=memory.max ;;
      *,memory,*) file=memory.limit_in_bytes ;;
      *) continue ;;
    esac
    # A limit may stand on any group above. In a container the groups above its own are not to be
    # seen, and its own may be mounted as the top one.
    while true; do
      for folder in "$root/sys/fs/cgroup" "$root/sys/fs/cgroup/memory"; do
        limit=
        { read -r limit < "$folder$path/$file"; } 2> /dev/null || true
        # Without a limit it is the word max, or the largest number of whole pages.
        if [[ $limit =~ ^[0-9]{1,18}$ ]]; then
          limit=$((limit >> 20))
          [ "$limit" -ge "$machine" ] || { [ "$least" -gt 0 ] && [ "$limit" -ge "$least" ]; } || least=$limit
        fi
      done
      case $path in
        */*) path=${path%/*} ;;
        *) break ;;
      esac
    done
  done 2> /dev/null < "$root/proc/self/cgroup"
  echo "$machine $least"
}

# oom_kills [ROOT]: processes that the kernel has killed for lack of memory in these groups.
oom_kills() {
  local root=${1:-} controllers path file key value sum=0
  while IFS=: read -r _ controllers path; do
    case ,$controllers, in
      ,,) file=memory.events ;;
      *,memory,*) file=memory.oom_control ;;
      *) continue ;;
    esac
    for folder in "$root/sys/fs/cgroup$path" "$root/sys/fs/cgroup/memory$path" "$root/sys/fs/cgroup" "$root/sys/fs/cgroup/memory"; do
      while read -r key value; do
        [ "$key" != oom_kill ] || sum=$((sum + value))
      done 2> /dev/null < "$folder/$file"
    done
  done 2> /dev/null < "$root/proc/self/cgroup"
  echo "$sum"
}
