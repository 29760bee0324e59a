"""The mathematics of place: where a transmitter is, given what phones report.

Frames and units, fixed here once for the whole room:

- Outside, a position is WGS84 ``lat``, ``lon`` in degrees, longitude in [-180, 180].
- Inside a local frame (`geo.earth.frame.Frame`) a position is ``x`` metres east and ``y`` metres
  north of the frame's centre.
- Time is a float in seconds; levels are dBm, ratios dB; bearings are degrees clockwise from
  true north in [0, 360).
- In a column NaN means "not measured"; outside columns that is ``None``.
- Uncertainties of a place are either ``accuracy_m`` (radius that holds 68 %) or ``sigma_m``
  (standard deviation along one axis); the first is 1.51 times the second.

Folders import one way: ``earth`` <- ``radio`` <- ``reports`` <- ``likelihood`` <- ``fix`` and
``track``; ``posterior`` and ``landmarks`` build on ``earth``, ``separate`` on ``reports``,
``advise`` on ``posterior``.

The room knows no message, no clock and no I/O. Random numbers come only from a seed that the caller
gives.
"""
