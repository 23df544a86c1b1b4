-- wrk: repeats one GET request, with the headers of the command line.
dofile("bench/load/results.lua")
