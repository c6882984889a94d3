"""`init`: a school file that says everything that one can say, to begin with."""

from __future__ import annotations

import shlex
from datetime import date, timedelta
from pathlib import Path
from string import Template
from typing import Final

import click

from recurly_sessions.cli.desk import Desk
from recurly_sessions.cli.errors import CommandError
from recurly_sessions.cli.options import at_desk, examples
from recurly_sessions.values.school import School

# Lines that begin with # and no space say what may be said as well.
_SAMPLE: Final = Template("""\
# A school: everything that should be on the calendar. Make it yours, and leave out what you don't need.
#
#   recurly-sessions plan $file       what would be on the calendar, and what is wrong with this file
#   recurly-sessions import $file     brings it into a database; then: recurly-sessions apply
#
# What stands behind # says nothing; a line that begins with # and a letter may be switched on by taking the # away.
# Then put a # before the line that says the same, as with pattern, or in place of which it stands.
# Ids have 1 to 64 characters and no "/". Keep them once sessions were made: a session is named SERIES/SLOT/DAY.
# Days are like 2026-09-07, times like "18:00" on the clock of the series' timezone, and lengths are minutes.


# ---- Rules of all series. What is switched off here is what holds if nothing is said. ----

[base]
#weeks_ahead = 4                  # sessions are made so many weeks ahead: 1 to 520
#auto_generate = true             # false: a series is planned only by its name, --series ID
#timezone = "Europe/Paris"        # for series that say none; there's no default
#currency = "EUR"                 # of rates without one
#default_rate = "25 EUR"          # an hour, for sessions without a tutor; there's no default
#confirm_assigned = false         # true: a session with a tutor is CONFIRMED, and not PENDING
#confirmed_follow = "time"        # what of a confirmed session follows its slot: never, time, all
#on_gap = "shift"                 # a time that the clock jumps over: shift it by the jump, or skip the date
#on_overlap = "earlier"           # a time that the clock shows twice: earlier or later
#on_tutor_busy = "flag"           # a tutor who is booked twice: ignore, flag, unassign, skip
#on_student_busy = "flag"         # a member who is booked twice: the same words
#on_room_busy = "flag"            # a room that is booked twice: the same words
#on_unavailable = "flag"          # a tutor who is away: the same words
#on_closure = "skip"              # a date on a closed day: ignore, flag, skip
#cancellation_turn = "spend"      # whose turn a called-off date was: spend it, or pass it to the next date
#closure_turn = "spend"           # the same for closed days
#absence_turn = "keep"            # the turn of a tutor who is away: keep it, next who can, or open for nobody
#closures = []                    # closed days of these series alone, written as [[closures]] below
#reschedule_notice_hours = 24     # how long before a session it may still be moved
#max_changes = 0.5                # no run cancels or moves more of the sessions: a share, or a number; no default

# The rules of a branch, which stand above those of all. A series has its own, which stand above both: [series.config].
[branches.north]
weeks_ahead = 6


# ---- Tutors. If there's no more to say than their ids: tutors = ["amina", "luc"], above [base]. ----

[[tutors]]
id = "amina"
name = "Amina"
hourly_rate = "30 EUR"
subjects = ["maths", "physics"]   # without this: any
timezone = "$zone"         # of the hours below; without it: that of the series

[[tutors.availability]]           # hours of every week
id = "mondays"
weekday = "MO"
start = "15:00"
end = "22:00"
#active = false                   # as if it weren't there

[[tutors.availability]]           # hours of one day
id = "dentist"
date = $other_day
start = "15:00"
end = "16:00"
mode = "block"                    # add (without this), replace those of the week, or block

[[tutors]]
id = "luc"
hourly_rate = "28 EUR"
#availability = []                # never free; without this, and without hours: always


# ---- Closed days, the first and the last one included ----

[[closures]]
id = "christmas"
first_day = $december
last_day = $january
yearly = true                     # in every year; without this: this once
reason = "Christmas"
#branch_id = "north"              # that branch only; without this: everyone


# ---- A class that repeats ----

[[series]]
id = "maths"
timezone = "$zone"
starts_on = $monday
ends_on = $last_day              # its last day; without this it goes on
subject = "maths"
branch_id = "north"
room_id = "blue"
meeting_url = "https://meet.example/maths"
status = "ACTIVE"                 # DRAFT: not planned but by its name, and ACTIVE from then on; ENDED: over
#request_id = "request-17"        # what it was made for, in words of yours
#created_by = "ida"               # and by whom

[[series.members]]                # who takes part; if there's only an id to say: members = ["ben", "chi"] above
id = "ben"
name = "Ben"
#timezone = "Europe/Lisbon"       # for what Ben is told; without this: that of the series
#active = false                   # takes no part at the moment

[[series.members]]
id = "chi"

[[series.slots]]                  # when it takes place
id = "mon"
days = "MO"                       # also "MO,WE"
#rrule = "FREQ=MONTHLY;BYDAY=2TU" # in place of days: a rule that names dates, as calendars know it (RFC 5545)
start = "18:00"
end = "19:30"
#duration = 90                    # in place of end
#starts_on = $monday          # its first and last day, within those of the series
#ends_on = $last_day
#extra_dates = [$extra]       # dates that its days don't have
#excluded_dates = [$week_4]    # dates that don't count at all, as if its days didn't have them
#subject = "geometry"             # without this: that of the series
#room_id = "red"                  # the same
#active = false                   # it takes place no more

[[series.slots.phases]]           # from a day on it's otherwise; what isn't said stays
from_day = $week_6
start = "18:30"                   # alone, it keeps the length
#days = "TU"
#rrule = "FREQ=WEEKLY;INTERVAL=2;BYDAY=TU"
#end = "20:30"
#duration = 60                    # in place of end

[[series.assignments]]            # whose turn it is to teach: those who take turns do so in this order
id = "amina"
tutor_id = "amina"
pattern = "round_robin"           # turns, one after the other
#pattern = "manual"               # no turn: a person gives them sessions
#pattern = { kind = "weekly", weeks = [1, 3] }              # these weeks, from their first day on
#pattern = { kind = "weekly", weeks = [1, 3], cycle = 4 }   # these weeks of every four
#pattern = { kind = "weekly", every = 2, start_week = 2 }   # every second week, from the second on
#pattern = { kind = "consecutive", n = 2 }                  # so many turns in a row, then the next one's
#slot_id = "mon"                  # this slot; without this: every slot of the series
#status = "ACCEPTED"              # PENDING and DECLINED ones count for nothing
#active = false                   # as if it weren't there
#subject = "maths"                # counts only for this subject
#starts_on = $monday          # their first and last day
#ends_on = $last_day
#created_at = ${monday}T08:00:00Z # puts them in order, in place of the order here

[[series.assignments]]
id = "luc"
tutor_id = "luc"
pattern = "round_robin"

[[series.cancellations]]          # called off, from a first to a last day
id = "trip"
first_day = $week_3
last_day = $week_3
slot_id = "mon"                   # without this: every slot of the series
reason = "school trip"

[[series.packages]]               # a paid period: so many sessions in it, whatever is called off
id = "first"
starts_on = $monday
ends_on = $last_day
sessions = 10

[series.config]                   # rules of this series, by the words of [base]
max_changes = 0.5


# ---- And another one, as short as can be ----

[[series]]
id = "chess"
timezone = "$zone"
starts_on = $monday
slots = [{ id = "wed", days = "WE", start = "17:00", duration = 60 }]
assignments = [{ id = "luc", tutor_id = "luc", pattern = "round_robin" }]
""")
_ZONE: Final = "Europe/Paris"
_WEEK: Final = timedelta(weeks=1)


@click.command(
    "init",
    short_help="Write a school file to begin with.",
    epilog=examples("recurly-sessions init", "recurly-sessions init north.toml", "recurly-sessions init -"),
)
@click.argument("file", type=click.Path(dir_okay=False, allow_dash=True), default="school.toml")
@at_desk()
def init(desk: Desk, *, file: str) -> None:
    """Write a school file with every kind of entry, each explained where it stands. It can be planned as it is.

    FILE is school.toml, or what you name it; "-" is the output. A file that is there is left alone. Its first class
    begins next Monday.
    """
    text = sample("school.toml" if file == "-" else shlex.quote(file), desk.now.date())
    if file == "-":
        click.echo(text, nl=False)
        return
    if Path(file).suffix.lower() == ".json":
        text = School.from_toml(text).to_json()
    try:
        with Path(file).open("x", encoding="utf-8") as stream:
            stream.write(text)
    except FileExistsError:
        hint = f"name another one: {desk.command('init', 'another.toml')}"
        raise CommandError(f"{file} is there already, and stays as it is", hint) from None
    desk.screen.say(f"Wrote {file}. Make it yours, then: {desk.command('plan', file)}")
    desk.screen.data({"wrote": file})


def sample(file: str, today: date) -> str:
    """A school file whose classes begin on the Monday after a day."""
    monday = today + timedelta(days=7 - today.weekday())
    return _SAMPLE.substitute(
        file=file,
        zone=_ZONE,
        monday=monday,
        last_day=monday + 26 * _WEEK,
        other_day=monday + timedelta(days=2),
        extra=monday + timedelta(days=3),
        week_3=monday + 2 * _WEEK,
        week_4=monday + 3 * _WEEK,
        week_6=monday + 5 * _WEEK,
        december=date(today.year, 12, 24),
        january=date(today.year + 1, 1, 2),
    )
