"""The app's pages and the widgets they share, imported only by Streamlit's process.
Knows nothing about how work is done: pages ask services/ for everything."""

import gc

# These modules stay loaded for good. Scanning them for garbage takes a fifth of the import time, so
# collection is off meanwhile; freezing them spares the scan that would follow when it is on again.
gc.disable()
try:
    import workbench.ui.services  # noqa: F401
finally:
    gc.freeze()
    gc.enable()
