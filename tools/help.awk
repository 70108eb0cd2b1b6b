# Prints the verbs and variables of a Makefile: a verb's text stands behind its
# `##`, a variable's on the line before it.
BEGIN { print "make VERB [VARIABLE=value]..." }
/^[a-z-]+: ## / { printf "  %-14s %s\n", substr($1, 1, length($1) - 1), substr($0, index($0, "## ") + 3) }
/^## / { text = substr($0, 4) }
/^[A-Z]+ \?=/ { variables = variables sprintf("  %-14s %s%s\n", $1, text, $3 == "" ? "" : " [" $3 "]") }
END { printf "variables, and what they are if not given:\n%s", variables }
