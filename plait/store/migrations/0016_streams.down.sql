drop table stream_pieces;
drop table streams;
