#!/bin/sh
# Previews every stack in $STACKS and reviews them together.
# Leaves review/comment.md for the pull request, and review/report.html, which shows the same as a
# page; exits with the review's code: 0 fine, 1 a rule found something, 2 something could not be
# evaluated.
set -u
if [ -z "${STACKS:-}" ]; then
    echo 'review.sh: set STACKS to the names of your stacks, like STACKS="dev prod"' >&2
    exit 2
fi
rm -rf review
mkdir review

failed=
for stack in $STACKS; do
    file="review/$(echo "$stack" | tr / -)"
    pulumi preview --non-interactive --stack "$stack" --json --show-sames >"$file.json" ||
        failed="$failed $stack"
    pulumi refresh --non-interactive --stack "$stack" --preview-only --json >"$file-drift.json"
    set -- "$@" "$stack=$file.json" --drift "$stack=$file-drift.json"
done
[ ! -f usage.yaml ] || set -- "$@" --usage usage.yaml

keywordsai-dynamic review "$@" --format markdown >review/comment.md 2>review/problem.txt
code=$?
cat review/problem.txt >&2

if [ -s review/comment.md ]; then
    keywordsai-dynamic review "$@" 2>/dev/null # for the log
    keywordsai-dynamic review "$@" --format html >review/report.html 2>/dev/null
    [ -s review/report.html ] || rm review/report.html # an older version cannot write it
else
    code=2
    {
        echo '<!-- keywordsai-dynamic review -->'
        echo '### Model prices: ❌ not reviewed'
        echo
        sed 's/^/    /' review/problem.txt
    } >review/comment.md
fi

# A preview that fails usually says so in its JSON, but what policy packs say is not in it.
if [ -n "$failed" ] && [ "$code" -ne 2 ]; then
    code=2
    problem="pulumi preview failed for$failed, and its JSON does not say why (was it a policy pack?)"
    echo "review.sh: $problem" >&2
    rm -f review/report.html # it knows nothing of this
    mv review/comment.md review/reviewed.md
    { # below the first line, by which the comment is found again
        head -n 1 review/reviewed.md
        printf '### ❌ %s\n\n' "$problem"
        tail -n +2 review/reviewed.md
    } >review/comment.md
fi
exit "$code"
