"""The folium side: a map without tiles whose scripts come from the app itself, and the layer that carries a state."""

from __future__ import annotations

from typing import Any

import folium
from branca.element import Element, Figure, MacroElement
from folium.template import Template

from geo.maps.state import MapState, encode
from geo.model import Pack

_SCRIPTS = (
    ("leaflet", "node_modules/leaflet/dist/leaflet.js"),
    ("fullscreen", "node_modules/leaflet.fullscreen/dist/Control.FullScreen.umd.js"),
    ("measure", "node_modules/leaflet.polylinemeasure/Leaflet.PolylineMeasure.js"),
    ("atlas", "atlas/atlas.js"),
)
_STYLES = (
    ("leaflet", "node_modules/leaflet/dist/leaflet.css"),
    ("fullscreen", "node_modules/leaflet.fullscreen/dist/Control.FullScreen.css"),
    ("measure", "node_modules/leaflet.polylinemeasure/Leaflet.PolylineMeasure.css"),
    ("atlas", "atlas/atlas.css"),
)
MIN_ZOOM, MAX_ZOOM = 7, 18


class _Script(Element):
    """A script as it is: branca compiles the text of its own as a template, which for a large state takes a while."""

    _template = Template("{{ this.text }}")

    def __init__(self, text: str) -> None:
        super().__init__()
        self.text = text


class _Call(MacroElement):
    """One call of the map's own script: ``Atlas.<function>(<map>, '<base64>')``."""

    _template = Template(
        "{% macro script(this, kwargs) %}"
        "Atlas.{{ this.function }}({{ this.map.get_name() }}, '{{ this.text }}');"
        "{% endmacro %}"
    )

    def __init__(self, function: str, map: folium.Map, text: str) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._name = "AtlasCall"
        self.function = function
        self.map = map  # named when rendered: st_folium renames it
        self.text = text

    def render(self, **kwargs: Any) -> str:
        figure = self.get_root()
        assert isinstance(figure, Figure)
        script: str = self._template.module.script(self, kwargs)
        figure.script.add_child(_Script(script), name=self.get_name())
        return script


class AtlasMap(folium.Map):
    """A folium map of the pack's county, offline: its scripts and styles are served under ``static_root``.

    Args:
        pack: gives the bounds and the name under which the browser keeps the view.
        root: the app's base path, "" or "/something".
        version: appended to the addresses of scripts, so that a browser never mixes two releases.
    """

    def __init__(self, pack: Pack, root: str, version: str) -> None:
        west, south, east, north = pack.boundary.total_bounds.tolist()
        super().__init__(
            location=[(south + north) / 2, (west + east) / 2],
            tiles=None,
            zoom_start=10,
            zoom_snap=0.25,
            zoom_delta=0.5,
            prefer_canvas=False,
        )
        self.options |= {"min_zoom": MIN_ZOOM, "max_zoom": MAX_ZOOM}  # folium gives its own to the tiles alone
        static = f"{root}/atlas/static/"
        self.default_js = [(name, f"{static}{path}?v={version}") for name, path in _SCRIPTS]
        self.default_css = [(name, f"{static}{path}?v={version}") for name, path in _STYLES]
        config: dict[str, Any] = {"root": root, "pack": pack.id, "bounds": [[south, west], [north, east]]}
        self.add_child(_Call("mount", self, encode(config)))


class StateLayer(folium.FeatureGroup):
    """The part that is sent again on each change: one call with the state in it."""

    def __init__(self, parent: AtlasMap, state: MapState) -> None:
        super().__init__(name="state", control=False)
        self.add_child(_Call("update", parent, state.encoded()))
