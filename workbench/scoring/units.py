"""Lists units and currencies with their spellings and sizes: "10 kph" is a speed of 2.78 m/s.
Knows nothing about numbers and texts."""

from __future__ import annotations

import re
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit, or one meaning of an ambiguous one ("pounds")."""

    kind: str
    """What it measures, such as "time" or "usd". Units of one kind can be converted into one another."""
    factor: float
    """Its size in the base unit of its kind."""
    word: str
    """The word by which texts are compared, whatever the spelling: "kilogram" for "kg"."""


# Each row: kind, factor, word, further spellings ("_" is a space). Spellings are compared in lower case,
# but for those of _CASED; "s" is added to words of three letters or more.
_ROWS = """
length 1000 kilometre km kms kilometer
length 1 metre meter mtr
length 0.1 decimetre dm decimeter
length 0.01 centimetre cm cms centimeter
length 0.001 millimetre mm millimeter
length 0.000001 micrometre µm μm um micron micrometer
length 1e-9 nanometre nm nanometer
length 1609.344 mile mi
length 1852 nautical_mile nmi
length 0.3048 foot ft feet
length 0.0254 inch inches
length 0.9144 yard yd yds
area 1 square_metre m² m2 m^2 sqm sq_m square_meter
area 1000000 square_kilometre km² km2 sq_km square_kilometer
area 0.0001 square_centimetre cm² cm2
area 0.09290304 square_foot sq_ft sqft square_feet ft²
area 2589988.11 square_mile sq_mi
area 10000 hectare ha
area 4046.8564 acre
mass 1 kilogram kg kgs kilo kilogramme
mass 0.001 gram gr gramme
mass 0.000001 milligram mg
mass 1e-9 microgram µg μg mcg
mass 1000 tonne metric_ton
mass 907.18474 ton
mass 0.45359237 lb lbs
mass 0.028349523125 ounce oz
mass 6.35029318 stone
time 0.001 millisecond ms msec
time 0.000001 microsecond µs μs
time 1 second sec secs
time 60 minute min mins
time 3600 hour hr hrs
time 86400 day
time 604800 week wk wks
time 1209600 fortnight
occasions 1 time
months 1 month mo mos mth mths
months 12 year yr yrs
months 120 decade
months 1200 century centuries
volume 1 litre ltr liter
volume 0.1 decilitre dl deciliter
volume 0.01 centilitre cl centiliter
volume 0.001 millilitre ml milliliter cc
volume 1000 cubic_metre m³ m3 cubic_meter
volume 3.785411784 gallon gal
volume 0.473176473 pint
volume 0.2365882365 cup
volume 0.01478676478125 tablespoon tbsp
volume 0.00492892159375 teaspoon tsp
share 1 percent % per_cent pct prozent procent pour_cent por_ciento por_cento per_cento
share 0.1 per_mille ‰
points 1 percentage_point pp
energy 1 kilowatt_hour kwh kilowatt-hour kilowatt-hours
energy 0.001 watt_hour wh watt-hour
energy 1000 megawatt_hour mwh
energy 0.277777777777778e-6 joule
energy 0.277777777777778e-3 kilojoule kj
calories 1 kilocalorie kcal calorie cal
power 1 watt
power 1000 kilowatt kw
power 1000000 megawatt
power 1000000000 gigawatt gw
power 745.699872 horsepower hp
apparent 1 volt-ampere va
apparent 1000 kilovolt-ampere kva
current 1 ampere amp amps
current 0.001 milliampere ma milliamp
charge 1 ampere_hour ah amp_hour
charge 0.001 milliampere_hour mah
voltage 1 volt
voltage 0.001 millivolt mv
voltage 1000 kilovolt kv
resistance 1 ohm Ω Ω
resistance 1000 kiloohm kω kΩ kohm
resistance 1000000 megaohm mω mΩ mohm
frequency 1 hertz hz
frequency 1000 kilohertz khz
frequency 1000000 megahertz mhz
frequency 1000000000 gigahertz ghz
pressure 100000 bar bars
pressure 100 millibar mbar hpa
pressure 1000 kilopascal kpa
pressure 1000000 megapascal mpa
pressure 6894.757293 psi
pressure 133.322368 mmhg
pressure 101325 atmosphere atm
force 1 newton
torque 1 newton_metre newton-metre n·m
sound 1 decibel db dba db(a)
light 1 lux lx
flux 1 lumen lm
speed 1 metre_per_second m/s metres_per_second meters_per_second
speed 0.277777777777778 kilometre_per_hour km/h kmh kph km_per_hour kilometres_per_hour kilometers_per_hour
speed 0.44704 mile_per_hour mph miles_per_hour
speed 0.514444 knot kn
flow 1 litre_per_minute l/min litres_per_minute liters_per_minute
turns 1 revolution_per_minute rpm
pixels 1 pixel px
pixels 1000000 megapixel mp
resolution 1 dpi ppi
data 1 kilobyte kb
data 1000 megabyte mb
data 1000000 gigabyte gb
data 1000000000 terabyte tb
data 1.024 kibibyte kib
data 1048.576 mebibyte mib
data 1073741.824 gibibyte gib
data 0.001 byte
rate 1 kilobit_per_second kbps kbit/s kb/s
rate 1000 megabit_per_second mbps mbit/s
rate 1000000 gigabit_per_second gbps gbit/s
rate 8000 megabyte_per_second mb/s
celsius 1 degree_celsius °c °_c ºc degrees_celsius degree_c degrees_c celsius degrees_centigrade centigrade
fahrenheit 1 degree_fahrenheit °f °_f ºf degrees_fahrenheit degree_f degrees_f fahrenheit
degree 1 degree ° º deg
usd 1 usd $ us$ dollar us_dollar
eur 1 eur € euro
gbp 1 gbp £ pounds_sterling british_pound
jpy 1 jpy ¥ yen
chf 1 chf sfr swiss_franc
inr 1 inr ₹ rupee
cny 1 cny rmb yuan
sek 1 sek swedish_kronor swedish_krona
dkk 1 dkk danish_kroner danish_krone
nok 1 nok norwegian_kroner norwegian_krone
cad 1 cad c$ ca$ canadian_dollar
aud 1 aud a$ au$ australian_dollar
pln 1 pln zł zloty złoty
czk 1 czk kč
cents 1 cent ¢
gbp 0.01 pence penny
"""
# Spellings whose letters say something in capitals.
_CASED_ROWS = """
length 1 metre m
mass 0.001 gram g
mass 1000 tonne t
time 1 second s
time 3600 hour h H
volume 1 litre l L
current 1 ampere A
current 1000 kiloampere kA
voltage 1 volt V
power 1 watt W
power 0.001 milliwatt mW
power 1000000 megawatt MW
energy 0.277777777777778e-6 joule J
energy 1000 megawatt_hour MWh
force 1 newton N
torque 1 newton_metre Nm N·m N_m
frequency 1000000 megahertz MHz
pressure 1 pascal Pa
pressure 100 millibar hPa
pressure 1000000 megapascal MPa
celsius 1 degree_celsius C
fahrenheit 1 degree_fahrenheit F
rate 8000 megabyte_per_second MB/s
resistance 1000000 megaohm MΩ
"""
CURRENCY_SIGNS = "$€£¥₹"
CURRENCY_CODES = r"(?:US|CA?|AU?)\$|USD|EUR|GBP|CHF|INR|JPY|CAD|AUD|PLN|CZK|SEK|DKK|NOK"
"""A regular expression for what stands before an amount of money."""


def _read(rows: str, *, cased: bool) -> dict[str, tuple[Unit, ...]]:
    units: dict[str, tuple[Unit, ...]] = {}
    for row in rows.strip().splitlines():
        kind, factor, *names = row.split()
        names = [name.replace("_", " ") for name in names]
        unit = Unit(kind, float(factor), names[0])
        for name in names:
            units[name if cased else name.lower()] = (unit,)
            if not cased and len(name) > 2 and name.isalpha() and not name.endswith("s"):
                units[name.lower() + "s"] = (unit,)
            if not cased and " " in name and name[-1].isalpha() and not name.endswith("s"):
                units[name.lower() + "s"] = (unit,)
    return units


_CASED = _read(_CASED_ROWS, cased=True)
_UNITS = _read(_ROWS, cased=False)
_CENT = _UNITS["cent"][0]
_UNITS |= {
    name: (_CENT, *(Unit(kind, 0.01, kind) for kind in ("usd", "eur", "cad", "aud")))
    for name in ("cent", "cents", "¢")
}
_UNITS["pounds"] = _UNITS["pound"] = (*_UNITS["gbp"], *_UNITS["lb"])


def find_unit(spelling: str) -> tuple[Unit, ...]:
    """The meanings of a unit as written, the likeliest first; none where it is no unit."""
    spelling = " ".join(spelling.split())
    return _CASED.get(spelling) or _UNITS.get(spelling.lower(), ())


def unit_pattern(gap: str) -> str:
    """A regular expression for a unit after a number, for use with re.IGNORECASE.

    gap: the expression for what may stand between number and unit.
    """
    names = [name for name in _UNITS if name[-1].isalnum()]
    signs = [name for name in _UNITS if not name[-1].isalnum()]
    in_words = "|".join(re.escape(n).replace(r"\ ", r"\s") for n in sorted(names, key=len, reverse=True))
    in_signs = "|".join(re.escape(n) for n in sorted(signs, key=len, reverse=True))
    cased = "|".join(re.escape(n) for n in sorted(_CASED, key=len, reverse=True))
    return rf"(?:{gap}(?:{in_words}|(?-i:{cased}))(?!\w)|\s?(?:{in_signs}))"
