#!/usr/bin/env bash
# Installs Shiori from the folder this file is in, without network.
# What is there already stays in use until the new release has passed its test.
set -euo pipefail

here=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd -P)

usage() {
  cat <<'TEXT'
使い方: bash install.sh [--python Pythonの場所] [設置先のフォルダ]

しおりを、通信を使わずに設置します。設置先を書かなければ、ホームフォルダの shiori に置きます。
前の版があるところに設置すると、点検に通ったあとで新しい版に切り替えます。登録した文書は残ります。
TEXT
}

stop() {
  printf '設置できません: %s\n' "$*" >&2
  exit 1
}

check_files() {
  local line changed=() listed found
  [ -f SHA256SUMS ] || stop "SHA256SUMS がありません。届いたファイルを展開し直してください。"
  command -v sha256sum >/dev/null || stop "sha256sum がありません。coreutils を入れてください。"
  while IFS= read -r line; do
    changed+=("${line%: *}")
  done < <(LC_ALL=C sha256sum --check --strict --quiet SHA256SUMS 2>/dev/null || true)
  if [ "${#changed[@]}" -gt 0 ]; then
    stop "中身が変わったか、足りないファイルがあります（${changed[*]}）。届いたファイルを展開し直してください。"
  fi
  LC_ALL=C sha256sum --check --strict --status SHA256SUMS 2>/dev/null ||
    stop "SHA256SUMS を読めません。届いたファイルを展開し直してください。"
  # pip would take a wheel that nobody has listed
  while IFS= read -r found; do
    listed=$(grep -cF -- "  $found" SHA256SUMS || true)
    [ "$listed" -gt 0 ] || stop "一覧にないファイルがあります（$found）。届いたファイルを展開し直してください。"
  done < <(find wheelhouse install.sh bundle.env -type f)
}

version_of() {
  "$1" -c 'import sys; print("%d.%d" % sys.version_info[:2])' 2>/dev/null || true
}

find_python() {
  local candidate version seen=""
  for candidate in ${asked_python:+"$asked_python"} "python$PYTHON_VERSION" python3 python; do
    version=$(version_of "$candidate")
    if [ "$version" = "$PYTHON_VERSION" ]; then
      python=$candidate
      return
    fi
    [ -z "$version" ] || seen+="${seen:+、}$candidate は $version"
    [ -z "$asked_python" ] || break
  done
  stop "Python $PYTHON_VERSION が必要です（${seen:-見つかりません}）。入れてから、または --python で場所を指定して、もう一度実行してください。"
}

check_machine() {
  local machine libc
  [ "$(uname -s)" = Linux ] || stop "Linux用です（この機械は $(uname -s)）。"
  machine=$(uname -m)
  [ "$machine" = "$MACHINE" ] ||
    stop "$MACHINE 用です（この機械は $machine）。この機械に合うファイルを使ってください。"
  find_python
  "$python" -c 'import venv, ssl, sqlite3' 2>/dev/null ||
    stop "$python に標準の部品（venv、ssl、sqlite3）がありません。OSの python3-venv などを入れてください。"
  libc=$("$python" -c 'import platform; print(platform.libc_ver()[1] or 0)')
  [ "$(printf '%s\n' "$GLIBC" "$libc" | sort -V | head -n 1)" = "$GLIBC" ] ||
    stop "OSのglibcが古すぎます（$GLIBC 以上が必要、この機械は $libc）。新しいOSで設置してください。"
}

check_target() {
  local free
  if [ -e "$target" ] && [ ! -e "$target/.shiori" ] && [ -n "$(ls -A -- "$target" 2>&1)" ]; then
    stop "「$target」には別のものがあります。空のフォルダか、新しい名前を指定してください。"
  fi
  mkdir -p -- "$target" 2>/dev/null && [ -w "$target" ] ||
    stop "「$target」に書き込めません。権限を確かめるか、別のフォルダを指定してください。"
  free=$(df -Pk -- "$target" | awk 'NR == 2 {print int($4 * 1.024 / 1000)}')
  # 1 GB more: below that no document can be registered, and the test at the end fails
  [ "$free" -ge $((NEEDED_MB + 1000)) ] ||
    stop "「$target」の空き容量が足りません（$((NEEDED_MB + 1000))MB必要、空きは${free}MB）。空けてください。"
}

install_packages() {
  local pip_wheel
  "$python" -m venv --without-pip -- "$release" || return
  pip_wheel=$(echo "$here"/wheelhouse/pip-*.whl)
  PIP_CONFIG_FILE=/dev/null "$release/bin/python" "$pip_wheel/pip" --isolated install \
    --no-index --find-links "$here/wheelhouse" --only-binary :all: --no-cache-dir \
    --disable-pip-version-check --no-warn-script-location "shiori[$EXTRAS]==$VERSION"
}

write_command() {
  mkdir -p -- "$target/bin"
  cat > "$target/bin/shiori.new" <<'COMMAND'
#!/bin/sh
# The release in use, with the data folder beside it unless SHIORI_DATA_DIR says otherwise.
home=$(dirname -- "$(dirname -- "$(readlink -f -- "$0")")")
SHIORI_DATA_DIR=${SHIORI_DATA_DIR:-$home/data}
export SHIORI_DATA_DIR
exec "$home/current/bin/shiori" "$@"
COMMAND
  chmod 755 "$target/bin/shiori.new"
  mv -f -- "$target/bin/shiori.new" "$target/bin/shiori"
}

take_back() {
  rm -rf -- "$release" "$trial"
  printf '設置を取りやめました。%s\n' "前の状態に戻してあります。詳しい記録: $log" >&2
}

asked_python=""
target=${HOME:-.}/shiori
while [ $# -gt 0 ]; do
  case $1 in
    -h | --help) usage; exit 0 ;;
    --python) [ $# -gt 1 ] || stop "--python のあとに場所を書いてください。"; asked_python=$2; shift 2 ;;
    -*) stop "知らない指定です（$1）。bash install.sh --help で使い方を確かめてください。" ;;
    *) target=$1; shift; [ $# -eq 0 ] || stop "設置先は一つだけ指定してください。" ;;
  esac
done
case $target in /*) ;; *) target=$PWD/$target ;; esac
case $asked_python in /*) ;; */*) asked_python=$PWD/$asked_python ;; esac
# Settings of whoever runs this are not part of the test.
unset PYTHONPATH PYTHONHOME "${!SHIORI_@}"

cd -- "$here"
echo "1/5 ファイルを確かめています…"
check_files
# shellcheck source=/dev/null
. "$here/bundle.env"
echo "2/5 この機械を確かめています…"
check_machine
check_target

release=$target/releases/$VERSION-$(date +%Y%m%d%H%M%S)
trial=$release-trial
log=$target/install.log
mkdir -p -- "$target/releases"
touch "$target/.shiori"
trap take_back EXIT
echo "3/5 部品を入れています（数分かかります）…"
install_packages > "$log" 2>&1 || { tail -n 5 "$log" >&2; stop "部品を入れられませんでした。"; }
echo "4/5 通信を止めて点検しています…"
(cd -- "$release" && "$release/bin/python" -m api.self_test --data-dir "$trial" \
  --document "$here/corpus/five-less-report-2025.pdf") 2>> "$log" | tee -a "$log" ||
  stop "点検に通りませんでした。"
"$release/bin/shiori" doctor --data-dir "$trial" 2>> "$log" | tee -a "$log" ||
  stop "shiori doctor の点検に通りませんでした。"
rm -rf -- "$trial"
echo "5/5 使えるようにしています…"
cp -R -- "$here/corpus" "$release/corpus"
write_command
ln -sfn -- "$release" "$target/current.new"
mv -fT -- "$target/current.new" "$target/current"
trap - EXIT

cat <<TEXT
しおり $VERSION を「$target」に設置しました。
見本の文書で試すには:
  "$target/bin/shiori" ingest "$target/current/corpus"
  "$target/bin/shiori" serve
前の版があれば「$target/releases」に残っています。しおりを動かしていた場合は、起動し直してください。
TEXT
