"""KubeLite: a sentence becomes desired state, and a reconcile loop makes it true and keeps it true.

The flow, outer to inner (checked by import-linter):

    web, cli          a person's sentence, a click, a shell command
    agent             the LangChain agent: model or rules -> tool calls
    agent_tools       what the agent may do, behind the one gate
    engine            desired + observed -> plan -> effects, for ever
    runtimes, stores  adapters: simulator, Docker; SQLite
    ports             the protocols between them
    core              pure: values, manifests, plan, back-off, gate
"""
