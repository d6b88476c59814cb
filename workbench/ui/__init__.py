"""The pages, and what they share. Imported by Streamlit's process alone.
Knows nothing about how anything is done: services.py is the way to it."""

import gc

# What is imported here stays for good. While it is made, the garbage collector would go through all of it
# again and again, a fifth of the time, and once more as soon as it is on again: so it is frozen.
gc.disable()
try:
    import workbench.ui.services  # noqa: F401
finally:
    gc.freeze()
    gc.enable()
