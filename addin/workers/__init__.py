"""Work on received files in child processes that may die, hang or run out of memory without harm.

In: tasks, each a module-level function by name and its arguments. Out: each task with its result, or with a `Refusal`
where the child was killed by the file: in the order of the tasks, whatever the number of children. A child lives on
from task to task, inside `shared_children` from run to run; it has a memory and a file size limit, no environment to
speak of, a private temporary folder, and a thread of its own here that speaks to it over pipes and ends it when a task
takes too long. A bug in a task is no property of the file: it is raised here as `ChildFault`. `cluster.run` does the
same on other machines.
"""

from addin.workers.answers import load
from addin.workers.folder import TemporaryFilesError, private_folder
from addin.workers.pool import DEFAULT, ChildFault, Limits, Task, prepare, run, shared_children, unlimited

__all__ = [
    "DEFAULT",
    "ChildFault",
    "Limits",
    "Task",
    "TemporaryFilesError",
    "load",
    "prepare",
    "private_folder",
    "run",
    "shared_children",
    "unlimited",
]
