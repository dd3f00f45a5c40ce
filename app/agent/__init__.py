"""The agent: one LangChain graph, driven by an OpenAI-compatible model or the rules, over `agent_tools`."""
