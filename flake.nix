# The package for Nix. tests/package/run checks that Nix can read it.
{
  description = "Turns an AWS role into a process environment: temporary keys that never touch a disk";

  inputs.nixpkgs.url = "nixpkgs";

  outputs =
    { self, nixpkgs }:
    let
      systems = [
        "x86_64-linux"
        "aarch64-linux"
      ];
      package =
        pkgs:
        pkgs.rustPlatform.buildRustPackage {
          pname = "assume-env";
          version = (builtins.fromTOML (builtins.readFile ./Cargo.toml)).package.version;
          src = self;
          cargoLock.lockFile = ./Cargo.lock;
          cargoBuildFlags = [
            "--package"
            "assume-env"
          ];
          # tests/run needs a network, other shells and namespaces.
          doCheck = false;
          nativeBuildInputs = [ pkgs.installShellFiles ];
          postInstall = ''
            installManPage man/assume-env.1
            for shell in bash zsh fish; do
              $out/bin/assume-env --completions $shell >assume-env.$shell
            done
            installShellCompletion --cmd assume-env assume-env.{bash,zsh,fish}
          '';
          meta = {
            license = [
              pkgs.lib.licenses.mit
              pkgs.lib.licenses.asl20
            ];
            mainProgram = "assume-env";
            platforms = systems;
          };
        };
    in
    {
      packages = nixpkgs.lib.genAttrs systems (system: {
        default = package nixpkgs.legacyPackages.${system};
      });
    };
}
