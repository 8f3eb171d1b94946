"""Reads where a page draws pictures, lines and filled shapes, as boxes, and so which text can be seen.

Only boxes are kept, never pixels, so memory does not grow with the resolution of the images.
"""

from __future__ import annotations

import ctypes
import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from podcast_dspy.documents.graph import BBox

Colour = tuple[int, int, int]
PAPER: Colour = (255, 255, 255)
UNSEEN = 20
"""Steps of 255 in each channel below which a colour cannot be told from its ground."""

FAINT = 100
"""Steps of 255 below which text is a watermark if it is large as well."""

MOST = 300
"""Filled areas kept, the largest ones; those of a heat map are smaller than anything that hides text."""

MAX_OBJECTS = 12_000
"""Drawn objects examined per page; beyond this a form's own box stands for its contents."""

MAX_DEPTH = 8
Matrix = tuple[float, float, float, float, float, float]
_IDENTITY: Matrix = (1.0, 0.0, 0.0, 1.0, 0.0, 0.0)


@dataclass(frozen=True, slots=True)
class Fill:
    """An area that is painted; `order` counts the objects of the page, in drawing order."""

    order: int
    box: BBox
    colour: Colour | None
    """None for pictures and patterns, on which text may have any colour."""
    solid: bool
    """An upright rectangle that lets nothing through."""

    def holds(self, x: float, y: float) -> bool:
        """Whether a point lies in it."""
        return self.box[0] <= x <= self.box[2] and self.box[1] <= y <= self.box[3]


@dataclass
class Grounds:
    """The painted areas of a page, and when each text object is drawn, by its address."""

    fills: list[Fill] = field(default_factory=list)
    orders: dict[int, int] = field(default_factory=dict)

    def settle(self) -> Grounds:
        """Keep the largest areas, the topmost first."""
        if len(self.fills) > MOST:
            self.fills.sort(key=lambda f: (f.box[0] - f.box[2]) * (f.box[3] - f.box[1]))
            del self.fills[MOST:]
        self.fills.sort(key=lambda f: -f.order)
        return self

    def pictured(self, x: float, y: float) -> bool:
        """Whether a point lies in a picture or pattern, as all of a scan does."""
        return any(f.colour is None and f.holds(x, y) for f in self.fills)

    def covers(self, address: int) -> list[BBox]:
        """The areas that are drawn over a text object."""
        order = self.orders.get(address)
        return [f.box for f in self.fills if f.solid and f.order > order] if order is not None else []

    def contrast(self, address: int, x: float, y: float, colour: Colour, alpha: float) -> float:
        """Steps of 255 by which text differs from what it is drawn on; 255 on a picture."""
        order = self.orders.get(address)
        for fill in self.fills:
            if (order is None or fill.order < order) and fill.holds(x, y):
                ground = fill.colour
                break
        else:
            ground = PAPER
        if ground is None:
            return 255 * alpha
        return alpha * max(abs(a - b) for a, b in zip(colour, ground, strict=True))


@dataclass(frozen=True, slots=True)
class Graphic:
    """One drawn thing. A `rule` is a thin horizontal or vertical line."""

    kind: Literal["image", "path", "rule"]
    box: BBox

    @property
    def area(self) -> float:
        """Square points."""
        return max(0.0, self.box[2] - self.box[0]) * max(0.0, self.box[3] - self.box[1])


@dataclass
class Drawing:
    """What a page draws besides text, and how that clips, carries and covers the text."""

    graphics: list[Graphic]
    """Pictures, shapes and rules, in drawing order."""
    clips: dict[int, BBox]
    """The box outside which a text object of a form cannot be seen, by the object's address."""
    grounds: Grounds
    pictured: bool
    """Whether there is any picture, those that fill the page included."""


def _times(m: Matrix, n: Matrix) -> Matrix:
    """The matrix that applies `m`, then `n`."""
    a, b, c, d, e, f = m
    g, h, i, j, k, o = n
    return a * g + b * i, a * h + b * j, c * g + d * i, c * h + d * j, e * g + f * i + k, e * h + f * j + o


def _apply(m: Matrix, box: BBox) -> BBox:
    a, b, c, d, e, f = m
    xs = [a * x + c * y + e for x in (box[0], box[2]) for y in (box[1], box[3])]
    ys = [b * x + d * y + f for x in (box[0], box[2]) for y in (box[1], box[3])]
    return min(xs), min(ys), max(xs), max(ys)


def _meet(a: BBox, b: BBox | None) -> BBox:
    if b is None:
        return a
    return max(a[0], b[0]), max(a[1], b[1]), min(a[2], b[2]), min(a[3], b[3])


def _clip_box(raw: Any, obj: Any) -> BBox | None:
    """Box of the paths that clip an object, in its own stream's coordinates."""
    clip = raw.FPDFPageObj_GetClipPath(obj)
    if not clip:
        return None
    result: BBox | None = None
    x, y = ctypes.c_float(), ctypes.c_float()
    for path in range(max(0, min(raw.FPDFClipPath_CountPaths(clip), 16))):
        segments = raw.FPDFClipPath_CountPathSegments(clip, path)
        if not 2 <= segments <= 64:
            continue
        xs, ys = [], []
        for index in range(segments):
            segment = raw.FPDFClipPath_GetPathSegment(clip, path, index)
            if segment and raw.FPDFPathSegment_GetPoint(segment, x, y):
                xs.append(x.value)
                ys.append(y.value)
        if xs:
            result = _meet((min(xs), min(ys), max(xs), max(ys)), result)
    return result


def _visible_path(raw: Any, obj: Any) -> bool:
    """Whether a path leaves ink: stroked, or filled with something else than paper white."""
    fill, stroke = ctypes.c_int(), ctypes.c_int()
    if not raw.FPDFPath_GetDrawMode(obj, fill, stroke):
        return True
    red, green, blue, alpha = (ctypes.c_uint() for _ in range(4))
    if stroke.value:
        if not raw.FPDFPageObj_GetStrokeColor(obj, red, green, blue, alpha):
            return True
        if alpha.value > 8 and min(red.value, green.value, blue.value) < 250:
            return True
    if not fill.value:
        return False
    if not raw.FPDFPageObj_GetFillColor(obj, red, green, blue, alpha):
        return True
    return alpha.value > 8 and min(red.value, green.value, blue.value) < 250


def _fill(raw: Any, obj: Any, order: int, box: BBox) -> Fill | None:
    """The area that a path paints, if it does."""
    fill, stroke = ctypes.c_int(), ctypes.c_int()
    if not raw.FPDFPath_GetDrawMode(obj, fill, stroke) or not fill.value:
        return None
    red, green, blue, alpha = (ctypes.c_uint() for _ in range(4))
    colour: Colour | None = None
    if raw.FPDFPageObj_GetFillColor(obj, red, green, blue, alpha):
        if alpha.value <= 8:
            return None
        colour = (red.value, green.value, blue.value) if alpha.value > 247 else None
    opaque = colour is not None and not raw.FPDFPageObj_HasTransparency(obj)
    return Fill(order, box, colour, opaque and _upright(raw, obj))


def _upright(raw: Any, obj: Any) -> bool:
    """Whether a path is a rectangle with upright sides."""
    segments = raw.FPDFPath_CountSegments(obj)
    if not 4 <= segments <= 6:
        return False
    x, y = ctypes.c_float(), ctypes.c_float()
    xs, ys = set(), set()
    for index in range(segments):
        if raw.FPDFPathSegment_GetPoint(raw.FPDFPath_GetPathSegment(obj, index), x, y):
            xs.add(round(x.value, 2))
            ys.add(round(y.value, 2))
    return len(xs) == 2 and len(ys) == 2


def page_size(page: Any) -> tuple[float, float]:
    """Width and height in points, as displayed."""
    width, height = page.get_size()
    return float(width), float(height)


def display_matrix(page: Any) -> tuple[float, float, float, float, float, float]:
    """Matrix from PDF user space to the displayed page, origin top left, y down."""
    rotation = page.get_rotation() % 360
    left, bottom, right, top = page.get_cropbox()
    if rotation == 90:
        return 0.0, 1.0, 1.0, 0.0, -bottom, -left
    if rotation == 180:
        return -1.0, 0.0, 0.0, 1.0, right, -bottom
    if rotation == 270:
        return 0.0, -1.0, -1.0, 0.0, top, right
    return 1.0, 0.0, 0.0, -1.0, -left, top


def read_graphics(page: Any, width: float, height: float) -> Drawing:
    """The pictures, shapes and rules of a page, clipped as the page clips them, and what they do to its text."""
    import pypdfium2.raw as raw

    out: list[Graphic] = []
    clips: dict[int, BBox] = {}
    grounds = Grounds()
    budget = MAX_OBJECTS
    pictured = False
    to_display = display_matrix(page)
    sheet: BBox = (0.0, 0.0, width, height)
    left, bottom, right, top = (ctypes.c_float() for _ in range(4))
    form_matrix = raw.FS_MATRIX()

    def keep(kind: Literal["image", "path"], box: BBox, matrix: Matrix) -> None:
        placed = _meet(_apply(matrix, box), sheet)
        w, h = placed[2] - placed[0], placed[3] - placed[1]
        if not all(map(math.isfinite, placed)) or w < -0.01 or h < -0.01 or max(w, h) < 0.4:
            return
        if w > 0.97 * width and h > 0.97 * height:
            return  # a page background
        # pdfium gives a stroke a box of twice its width.
        thin = (min(w, h) < 2.0 and max(w, h) > 8.0) or (min(w, h) < 3.2 and max(w, h) > 60.0)
        out.append(Graphic("rule" if thin else kind, placed))

    def visit(get: Any, count: int, matrix: Matrix, depth: int, limit: BBox | None) -> None:
        nonlocal budget, pictured
        for index in range(count):
            if budget <= 0:
                return
            budget -= 1
            obj = get(index)
            if not obj:
                continue
            order = MAX_OBJECTS - budget
            kind = raw.FPDFPageObj_GetType(obj)
            pictured = pictured or kind == raw.FPDF_PAGEOBJ_IMAGE
            if kind == raw.FPDF_PAGEOBJ_TEXT:
                grounds.orders[ctypes.addressof(obj.contents)] = order
                if depth:
                    clip = _clip_box(raw, obj)
                    visible = limit if clip is None else _meet(_apply(matrix, clip), limit)
                    if visible is not None:
                        clips[ctypes.addressof(obj.contents)] = visible
                continue
            if kind == raw.FPDF_PAGEOBJ_FORM and depth < MAX_DEPTH:
                children = raw.FPDFFormObj_CountObjects(obj)
                if children > 0 and raw.FPDFPageObj_GetMatrix(obj, form_matrix):
                    own = form_matrix
                    inner = (own.a, own.b, own.c, own.d, own.e, own.f)
                    before = len(out)
                    if children <= budget:
                        clip = _clip_box(raw, obj)
                        seen = limit if clip is None else _meet(_apply(matrix, clip), limit)
                        visit(
                            lambda k, obj=obj: raw.FPDFFormObj_GetObject(obj, k),
                            children,
                            _times(inner, matrix),
                            depth + 1,
                            seen,
                        )
                        if seen is not None and len(out) > before:
                            clipped = [Graphic(g.kind, _meet(g.box, seen)) for g in out[before:]]
                            out[before:] = [
                                g for g in clipped if g.box[2] >= g.box[0] and g.box[3] >= g.box[1]
                            ]
                        continue
            if not raw.FPDFPageObj_GetBounds(obj, left, bottom, right, top):
                continue
            box = _meet((left.value, bottom.value, right.value, top.value), _clip_box(raw, obj))
            area = _meet(_meet(_apply(matrix, box), limit), sheet)
            if area[2] - area[0] > 4 and area[3] - area[1] > 4:
                fill = (
                    _fill(raw, obj, order, area)
                    if kind == raw.FPDF_PAGEOBJ_PATH
                    else Fill(order, area, None, False)
                )
                if fill is not None:
                    grounds.fills.append(fill)
            if kind == raw.FPDF_PAGEOBJ_PATH and not _visible_path(raw, obj):
                continue
            keep("image" if kind == raw.FPDF_PAGEOBJ_IMAGE else "path", box, matrix)

    handle = page.raw
    count = max(0, raw.FPDFPage_CountObjects(handle))
    visit(lambda k: raw.FPDFPage_GetObject(handle, k), count, to_display, 0, None)
    return Drawing(out, clips, grounds.settle(), pictured)
