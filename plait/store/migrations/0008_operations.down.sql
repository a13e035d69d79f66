drop table operation_items, operations;
