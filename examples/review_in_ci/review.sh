#!/bin/sh
# Previews every stack in $STACKS and reviews them together.
# Leaves review/comment.md for the pull request; exits with the review's code: 0 fine, 1 a rule
# found something, 2 something could not be judged.
set -u
rm -rf review
mkdir review

for stack in $STACKS; do
    file="review/$(echo "$stack" | tr / -)"
    # A preview that fails says so in its JSON, and the review reports it.
    pulumi preview --non-interactive --stack "$stack" --json --show-sames >"$file.json"
    pulumi refresh --non-interactive --stack "$stack" --preview-only --json >"$file-drift.json"
    set -- "$@" "$stack=$file.json" --drift "$stack=$file-drift.json"
done
[ ! -f usage.yaml ] || set -- "$@" --usage usage.yaml

keywordsai-dynamic review "$@" --format markdown >review/comment.md 2>review/problem.txt
code=$?
cat review/problem.txt >&2

if [ -s review/comment.md ]; then
    keywordsai-dynamic review "$@" 2>/dev/null # for the log
else
    {
        echo '<!-- keywordsai-dynamic review -->'
        echo '### Model prices: ❌ not reviewed'
        echo
        sed 's/^/    /' review/problem.txt
    } >review/comment.md
fi
exit $code
