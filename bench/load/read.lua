-- wrk: the same read again and again, with the headers of its command line.
dofile("bench/load/results.lua")
