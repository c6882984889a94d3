"""How a calendar looks: the style sheets of `render.calendar`, in light and dark, on paper and on small screens."""

from __future__ import annotations

from typing import Final

# Style: "§.card" stands for the class rs-card inside a calendar, "§" for the calendar itself

LIGHT: Final = {
    "paper": "#fbfaf7", "surface": "#ffffff", "ink": "#20242b", "soft": "#5a6270", "line": "#e5e2da", "edge": "#b9b4a8",
    "today": "#a83a22", "today-tint": "#fdf4ef",
    "created": "#1c6b3a", "created-tint": "#eef7f0",
    "moved": "#1a56a8", "moved-tint": "#eef4fc",
    "changed": "#6b3fa0", "changed-tint": "#f6f1fb",
    "cancelled": "#9b2c3c", "cancelled-tint": "#fbf2f1",
    "reinstated": "#0b6566", "reinstated-tint": "#ebf6f5",
    "conflict": "#804a00", "conflict-tint": "#fff3d6",
}  # fmt: skip
DARK: Final = {
    "paper": "#15171b", "surface": "#1d2025", "ink": "#e9e7e2", "soft": "#a7adb7", "line": "#2e3239", "edge": "#5b616b",
    "today": "#f2a088", "today-tint": "#241d1b",
    "created": "#85d3a0", "created-tint": "#1a2a20",
    "moved": "#93bef7", "moved-tint": "#1a2535",
    "changed": "#c8abf0", "changed-tint": "#272035",
    "cancelled": "#f2a5aa", "cancelled-tint": "#2d1f22",
    "reinstated": "#7fd3ce", "reinstated-tint": "#172a2a",
    "conflict": "#f2c26b", "conflict-tint": "#332810",
}  # fmt: skip


def _custom_properties(palette: dict[str, str]) -> str:
    return "".join(f"--rs-{name}:{colour};" for name, colour in palette.items())


def _sheet(text: str) -> str:
    short = "\n".join(line.strip() for line in text.strip().splitlines())
    return short.replace("§.", ".rs.rs.rs .rs-").replace("§", ".rs.rs.rs") + "\n"


PAGE_STYLE: Final = _sheet("""
body{margin:0;background:#fbfaf7}
@media (prefers-color-scheme:dark){body{background:#15171b}}
body>§{max-width:1500px;margin:0 auto;border:0;border-radius:0;padding:28px clamp(14px,3vw,44px) 56px}
@page{size:landscape;margin:11mm}
@media print{body{background:none} body>§{max-width:none;padding:0}}
""")

STYLE: Final = _sheet(
    """
§{%light%--rs-dots:52%;--rs-chroma:.13;
  display:block;container:rs/inline-size;box-sizing:border-box;width:100%;padding:20px;
  border:1px solid var(--rs-line);border-radius:10px;background:var(--rs-paper);color:var(--rs-ink);
  color-scheme:light;direction:ltr;text-align:start;white-space:normal;letter-spacing:normal;text-transform:none;
  font:400 15px/1.45 ui-sans-serif,system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue","Noto Sans",Arial,
  sans-serif}
@media screen and (prefers-color-scheme:dark){§{%dark%--rs-dots:76%;--rs-chroma:.11;color-scheme:dark}}
§ *{all:revert;box-sizing:border-box}
§ :is(p,ul,li,h1,h2,h3,h4,fieldset,legend){margin:0;padding:0;border:0;list-style:none}
§ bdi{overflow-wrap:anywhere}
§.sr{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%);white-space:nowrap}
§.count{font-weight:600;font-variant-numeric:tabular-nums}
§.time{font-variant-numeric:tabular-nums;white-space:nowrap}
§.time:has(.rs-offset){white-space:normal}
§.gone{color:var(--rs-soft);text-decoration:line-through;text-decoration-thickness:1px}

§.header{margin-bottom:20px}
§.title{font-size:28px;line-height:1.2;font-weight:650;letter-spacing:-.018em;text-wrap:balance}
§.summary{margin-top:6px;font-size:17px;text-wrap:pretty}
§.meta{margin-top:4px;font-size:13px;color:var(--rs-soft)}
§.bar{display:flex;flex-wrap:wrap;gap:12px 28px;align-items:center;justify-content:space-between}
§.legend,§.tutors{display:flex;flex-wrap:wrap;gap:6px 18px;font-size:13.5px}
§.tutors{margin-top:12px;padding-top:12px;border-top:1px solid var(--rs-line);color:var(--rs-soft)}
§.tutors .rs-count{color:var(--rs-ink)}
§.key{display:flex;align-items:center;gap:6px;color:var(--rs-mark,var(--rs-ink))}
§.who{max-width:44ch}
§.switch{display:inline-flex;padding:3px;border:1px solid var(--rs-line);border-radius:9px;background:var(--rs-surface)}
§.choice{position:relative;padding:4px 16px;border-radius:6px;font-size:14px;cursor:pointer;color:var(--rs-soft)}
§.choice:has(:checked){background:var(--rs-ink);color:var(--rs-paper);font-weight:600}
§.choice:has(:focus-visible){outline:2px solid var(--rs-moved);outline-offset:2px}
§.pick{position:absolute;inset:0;margin:0;opacity:0;cursor:pointer}
§:not(:has(.rs-by-month:checked)) .rs-months,§:has(.rs-by-month:checked) .rs-weeks{display:none}
@supports not selector(:has(*)){§.switch{display:none}}

§.badge{display:inline-grid;place-items:center;flex:none;width:16px;height:16px;border:1.5px solid currentColor;
  border-radius:50%;font:700 11px/1 ui-sans-serif,system-ui,Arial,sans-serif;color:var(--rs-mark)}
§.created{--rs-mark:var(--rs-created);--rs-tint:var(--rs-created-tint)}
§.moved{--rs-mark:var(--rs-moved);--rs-tint:var(--rs-moved-tint)}
§.changed{--rs-mark:var(--rs-changed);--rs-tint:var(--rs-changed-tint)}
§.cancelled{--rs-mark:var(--rs-cancelled);--rs-tint:var(--rs-cancelled-tint)}
§.reinstated{--rs-mark:var(--rs-reinstated);--rs-tint:var(--rs-reinstated-tint)}
§.key.rs-conflict,§.alert{--rs-mark:var(--rs-conflict)}
§.key.rs-conflict .rs-badge,§.alert{border-radius:3px}
§.dot{display:inline-block;flex:none;width:10px;height:10px;margin-inline-end:6px;border-radius:50%;
  border:5px solid hsl(var(--rs-hue) 45% 50%);border-color:oklch(var(--rs-dots) var(--rs-chroma) var(--rs-hue))}
§.ring{border-width:3px}
§.square{border-radius:2px}
§.nobody{border:1.5px dashed var(--rs-soft)}

§.issues{margin-top:20px;padding:12px 16px;border:1px solid var(--rs-conflict);border-radius:10px;
  background:var(--rs-conflict-tint)}
§.fold{cursor:pointer;border-radius:4px}
§.fold:focus-visible,§.short:focus-visible,§.why:focus-visible{outline:2px solid var(--rs-moved);outline-offset:2px}
§.see{display:inline;font-size:16px;font-weight:650}
§.list{margin-top:8px;font-size:14px}
§.issue{padding:5px 0;border-top:1px solid color-mix(in srgb,var(--rs-conflict) 22%,transparent);overflow-wrap:anywhere}
§.issue:first-child{border-top:0}
§.code{font-weight:650}
§.whose{color:var(--rs-soft);font-size:13px}
§.note{margin-top:20px;padding:10px 16px;border:1px dashed var(--rs-edge);border-radius:10px;font-size:14px}
§.nothing{margin-top:28px;padding:64px 20px;text-align:center;border:1px dashed var(--rs-edge);border-radius:14px}
§.leaf{width:64px;margin:0 auto 18px;padding:20px 0 10px;border:1.5px solid var(--rs-edge);border-top-width:9px;
  border-radius:9px;font-size:24px;line-height:1;font-weight:600;color:var(--rs-soft)}
§.quiet{font-size:20px;font-weight:650}
§.hint{margin-top:6px;color:var(--rs-soft)}

§.over{display:flex;flex-wrap:wrap;gap:2px 16px;align-items:baseline;justify-content:space-between}
§.week,§.month{margin-top:32px}
§.when{font-size:20px;line-height:1.3;font-weight:650;letter-spacing:-.012em}
§.number{color:var(--rs-soft);font-weight:400;margin-inline-end:8px}
§.counts{font-size:13px;color:var(--rs-soft)}
§.gap{margin-top:24px;padding:9px 14px;border-inline-start:3px solid var(--rs-line);color:var(--rs-soft);font-size:14px}
§.range{font-weight:600;color:var(--rs-ink)}
§.hour{display:none}
§.day{margin-top:10px}
§.day.rs-empty{display:none}
§.top{display:flex;flex-wrap:wrap;gap:2px 10px;align-items:baseline;padding:2px 0 4px}
§.name{font-size:15px;font-weight:650;font-variant-numeric:tabular-nums}
§.weekday,§.of{font-weight:500}
§.now{width:fit-content;padding:0 8px;border:1px solid currentColor;border-radius:99px;font-size:12px;
  line-height:1.5;font-weight:650;color:var(--rs-today)}
§.clock{overflow-wrap:anywhere;font-size:12.5px;line-height:1.35;color:var(--rs-conflict)}
§.clock::before{content:"";display:inline-block;width:11px;height:11px;margin-inline-end:5px;vertical-align:-1px;
  border:1.5px solid currentColor;border-radius:50%;
  background:linear-gradient(currentColor,currentColor) 50% 15%/1.5px 4px no-repeat,
  linear-gradient(currentColor,currentColor) 85% 50%/4px 1.5px no-repeat}
§.card{overflow:clip;margin-top:6px;padding:7px 10px 8px;border:1px solid var(--rs-line);
  border-inline-start:4px solid var(--rs-mark,var(--rs-edge));border-radius:7px;
  background:var(--rs-tint,var(--rs-surface));
  font-size:13.5px;line-height:1.4;overflow-wrap:anywhere;break-inside:avoid}
§.card.rs-moved{border-inline-start-style:double;border-inline-start-width:6px}
§.card.rs-changed{border-inline-start-style:dotted}
§.card.rs-cancelled{border-style:dashed;border-inline-start-style:dashed}
§.card.rs-conflict{border-color:var(--rs-conflict);border-inline-start-color:var(--rs-mark,var(--rs-conflict))}
§.line{display:flex;flex-wrap:wrap;gap:0 8px;align-items:center;justify-content:space-between}
§.line .rs-time{font-weight:600}
§.later{font-size:11px;font-weight:600}
§.offset{font-size:11px;color:var(--rs-soft)}
§.mark{display:inline-flex;gap:5px;align-items:center;font-size:12px;font-weight:600;color:var(--rs-mark,var(--rs-soft))}
§.kept .rs-mark{font-weight:400}
§.what{font-weight:600;overflow-wrap:anywhere}
§.rest{font-weight:400;color:var(--rs-soft)}
§.card .rs-what{margin-top:1px}
§.off .rs-what,§.off .rs-time{text-decoration:line-through;text-decoration-thickness:1.5px;color:var(--rs-soft)}
§.tutor{margin-top:1px}
§.off .rs-tutor{color:var(--rs-soft)}
§.fact{font-size:12.5px;color:var(--rs-soft)}
§.fact:first-letter{text-transform:uppercase}
§.pin{font-weight:600}
§.reason{margin-top:3px;font-size:12.5px}
§.warn{margin-top:5px;padding:4px 7px;border:1px solid var(--rs-conflict);border-radius:5px;
  background:var(--rs-conflict-tint);font-size:12.5px}
§.issue .rs-warn{margin:0;padding:0;border:0;font-size:inherit}
§.word{font-weight:700;color:var(--rs-conflict)}
§.details{margin-top:3px}
§.why{width:fit-content;font-size:12.5px;color:var(--rs-soft);cursor:pointer;border-radius:3px}
§.ghost{margin-top:6px;padding:5px 10px;border:1px dashed var(--rs-edge);border-radius:7px;font-size:12.5px;
  color:var(--rs-soft);overflow-wrap:anywhere;break-inside:avoid}
§.to{display:block}

§.table{display:block;width:100%;margin-top:10px;border:0;border-spacing:0;border-collapse:separate;background:none}
§.thead{display:none}
§.tbody,§.row{display:block;background:none}
§.head,§.cell{padding:0;border:0;text-align:start;vertical-align:top;font-weight:400;background:none}
§.nr{display:none}
§.cell{display:block;margin-top:8px}
§.cell:is(.rs-other,.rs-empty){display:none}
§.label{font-weight:650;font-variant-numeric:tabular-nums}
§.chip{overflow:clip;margin-top:4px;padding:3px 7px;border:1px solid var(--rs-line);
  border-inline-start:3px solid var(--rs-mark,var(--rs-edge));border-radius:6px;
  background:var(--rs-tint,var(--rs-surface));
  font-size:12.5px;line-height:1.4;overflow-wrap:anywhere;break-inside:avoid}
§.chip.rs-cancelled{border-style:dashed}
§.chip.rs-conflict{border-color:var(--rs-conflict);border-inline-start-color:var(--rs-mark,var(--rs-conflict))}
§.chip .rs-badge{width:14px;height:14px;margin-inline-end:4px;font-size:10px;vertical-align:-2px}
§.short{display:block;list-style:none}
§ summary.rs-short{cursor:pointer}
§ summary.rs-short::after{content:"▾"/"";margin-inline-start:5px;font-size:10px;color:var(--rs-soft)}
§.inner{padding:3px 0 2px}
§.chips .rs-ghost{margin-top:4px;padding:3px 7px}

@container rs (min-width:860px){
§.days{display:grid;grid-template-columns:46px var(--rs-columns);grid-template-rows:auto repeat(var(--rs-rows),auto);
  margin-top:10px;border:1px solid var(--rs-line);border-radius:10px;background:var(--rs-surface);overflow:clip}
§.hour{display:block;grid-column:1/-1;grid-row:var(--rs-row);padding:9px 0 0 8px;border-top:1px solid var(--rs-line);
  font-size:11.5px;font-variant-numeric:tabular-nums;color:var(--rs-soft)}
§.day,§.day.rs-empty{display:grid;grid-column:var(--rs-column);grid-row:1/-1;grid-template-rows:subgrid;align-items:start;
  margin:0;border-inline-start:1px solid var(--rs-line);min-width:0}
§.day>*{min-width:0}
§ :is(.rs-day,.rs-cell).rs-today{background:color-mix(in srgb,var(--rs-today-tint) 75%,transparent);
  box-shadow:inset 0 3px 0 var(--rs-today)}
§.day .rs-top{grid-row:1;display:block;padding:8px 9px 9px}
§.name{font-weight:500;line-height:1.2}
§.weekday,§.of{font-size:12.5px;color:var(--rs-soft)}
§.name .rs-date{font-size:20px;font-weight:600;letter-spacing:-.02em}
§.of:not(.rs-new){position:absolute;overflow:hidden;width:1px;height:1px;clip-path:inset(50%)}
§.top .rs-now{margin-top:4px}
§.top .rs-clock{margin-top:4px}
§.at{grid-row:var(--rs-row);padding:7px 6px 8px;min-width:0}
§.at>:first-child{margin-top:0}

§.table{display:table;table-layout:fixed;border:1px solid var(--rs-line);border-radius:10px;
  background:var(--rs-surface);overflow:clip}
§.thead{display:table-header-group}
§.tbody{display:table-row-group}
§.row{display:table-row}
§.head,§.cell,§.cell:is(.rs-other,.rs-empty){display:table-cell;margin:0}
§.head{padding:7px 8px;font-size:12.5px;color:var(--rs-soft)}
§.nr{width:38px}
§.row>.rs-nr{padding:8px 0 0 10px;font-size:11.5px;font-variant-numeric:tabular-nums}
§.tbody .rs-nr,§.cell{border-top:1px solid var(--rs-line)}
§.cell{height:68px;padding:6px 6px 8px;border-inline-start:1px solid var(--rs-line)}
§.other{background:color-mix(in srgb,var(--rs-line) 34%,transparent)}
§.only{display:none}
}

@media print{
§{padding:0;border:0;background:none;font-size:12px;line-height:1.35;--rs-surface:none}
§.title{font-size:22px}
§.summary{font-size:14px}
§.header{margin-bottom:10px}
§.when{font-size:16px}
§.switch{display:none}
§.issues,§.note,§.gap{margin-top:14px}
§.week,§.month{margin-top:18px}
§.week,§.row,§.issue,§.warn{break-inside:avoid}
§.month>.rs-when{break-after:avoid}
§.days{grid-template-rows:auto;grid-template-columns:var(--rs-columns)}
§.hour{display:none}
§.day,§.day.rs-empty{display:block;grid-row:1;grid-column:calc(var(--rs-column) - 1)}
§.day .rs-top{padding:5px 6px 2px}
§.at{grid-row:auto;padding:3px 4px}
§.card,§.ghost,§.chip{padding:4px 6px;font-size:11px;line-height:1.35}
§ :is(.rs-fact,.rs-reason,.rs-warn,.rs-mark,.rs-ghost,.rs-clock){font-size:10.5px}
§.days,§.table{overflow:visible}
§.cell{height:44px}
§.details:not([open])>.rs-why,§.short::after{display:none}
§.issues::details-content{content-visibility:visible;block-size:auto}
}
""".replace("%light%", _custom_properties(LIGHT)).replace("%dark%", _custom_properties(DARK))
)
