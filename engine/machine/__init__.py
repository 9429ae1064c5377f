"""The CPU machine: kernels behind C function pointers, and a loop that runs tables of them.

Importing it sets where Numba keeps compiled kernels, before anything is compiled.
"""

from engine.machine import cache

cache.install()
