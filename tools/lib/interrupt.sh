# Ctrl-C ends the script, also where the program that runs at that moment takes it for itself and then
# fails, or succeeds, as if nothing had been: sudo and prove do.

trap 'exit 130' INT
