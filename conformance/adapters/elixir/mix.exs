defmodule Cookbook.MixProject do
  use Mix.Project

  def project do
    [
      app: :cookbook,
      version: "0.1.0",
      elixir: "~> 1.14",
      escript: [main_module: Adapter, name: "adapter"],
      deps: []
    ]
  end

  def application, do: [extra_applications: []]
end
