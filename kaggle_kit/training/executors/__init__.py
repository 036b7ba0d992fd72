"""Run fold tasks, in this process, in other processes or on other machines.

Calls come in. Their results go out, and the messages that they send while they run.

Read in this order:

    base              the interface of all executors; the executor of this process; `run_tasks`
    process_pool      a pool of worker processes on this machine
    worker_process    one of these processes
    array_pickling    tasks as bytes for a process; each large array is sent once
    memory            the memory that is available, and the peak memory of a process
    device_batch      several networks of one shape, trained together on a GPU
    vectorized_step   the training step of these networks as one program
    dask_cluster      workers on other machines, by Dask
    dask_transfer     the data that is sent to Dask workers

In `tests/training/executors`, `worker_process` is tested with `process_pool` in
`test_process_pool.py`, `vectorized_step` with `device_batch` in `test_device_batch.py`, and
`dask_transfer` with `dask_cluster` in `test_dask_cluster.py`.
"""
