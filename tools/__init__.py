"""The commands of the tutorial, and what they are made of.

What people write, and what we tell them, may be more than their terminal can show: the
pipes and old consoles of Windows know some hundred characters. There “?” stands for the
others, for no command may end for want of an arrow.
"""

import io
import sys

for _stream in (sys.stdout, sys.stderr):
    if isinstance(_stream, io.TextIOWrapper):
        _stream.reconfigure(errors="replace")
