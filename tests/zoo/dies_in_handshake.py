"""Dies before it shakes hands, saying why on stderr."""

import sys

print("cannot find libvocabulary.so", file=sys.stderr)
sys.exit(127)
