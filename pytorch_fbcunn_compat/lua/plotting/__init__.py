"""Figures as the Lua package gnuplot describes them, drawn with matplotlib into files, never in a window.

``style`` reads gnuplot's words for one curve, ``settings`` and ``commands`` its ``set`` commands, ``draw`` makes the
picture, ``figure`` decides when.
"""
