"""Pictures and cards as SVG and HTML; nothing here knows of widgets."""
